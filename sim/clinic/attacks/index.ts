import { Dice } from "../dice.ts";
import { physicistAccount, snooping, vendorInside, vendorOutside } from "./accounts.ts";
import type { Attack, AttackPlan, Stealth } from "./attack.ts";
import { bucketDownload, reencryption } from "./cloud.ts";
import { massDelete } from "./deletion.ts";
import {
  headerPreserving,
  intermittentEncryption,
  massEncryption,
  partialEncryption,
  slowEncryption,
} from "./encryption.ts";
import { moveDrip, moveFast, webDrip, webFast } from "./exfiltration.ts";
import { poisoning, swarm } from "./patience.ts";
import { falseRecord, planCopy, planFractions, planGeometry, planMeterset } from "./tampering.ts";
import { auditGap, loggingStopped, timeSetBack, trailDeleted } from "./trail.ts";

export type { Attack, AttackPlan, Stealth, Truth } from "./attack.ts";

export const attacks: readonly Attack[] = [
  massEncryption,
  slowEncryption,
  partialEncryption,
  intermittentEncryption,
  headerPreserving,
  massDelete,
  moveFast,
  moveDrip,
  webFast,
  webDrip,
  vendorInside,
  vendorOutside,
  physicistAccount,
  snooping,
  planMeterset,
  planGeometry,
  planFractions,
  planCopy,
  falseRecord,
  poisoning,
  swarm,
  reencryption,
  bucketDownload,
  loggingStopped,
  trailDeleted,
  auditGap,
  timeSetBack,
];

/** A plan that begins at a random moment within days; hours are the attack's own affair. */
export function attackOn(
  attack: Attack,
  asked: { speed: number; stealth: Stealth; seed: number; earliest: number; latest: number },
): AttackPlan {
  const { speed, stealth, seed, earliest, latest } = asked;
  const dice = new Dice(`plan/${attack.kind}/${speed}/${stealth}/${seed}`);
  return {
    speed,
    stealth,
    seed,
    day: dice.integer(earliest, latest),
    minute: dice.between(0, 1440),
    lasts: attack.lasts,
  };
}
