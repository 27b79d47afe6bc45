/** In the vendor's cloud: objects re-encrypted with the attacker's key (SSE-C), and taken from the bucket. */
import { bucket, call, engineer } from "../work/cloud.ts";
import { engineers } from "../work/vendor.ts";
import type { Attack, HostileScene } from "./attack.ts";
import { strangeAddress } from "./disguise.ts";
import { moments } from "./pace.ts";

export const reencryption: Attack = {
  kind: "cloud-reencryption",
  about: "objects copied onto themselves with the attacker's key",
  goal: "damage",
  techniques: ["T1486", "T1485", "T1565.001", "T1565"],
  speeds: [10, 100, 1_000, 10_000],
  unit: "objects/h",
  stealths: [0, 1, 2],
  lasts: 3,
  most: 2_000,
  act: (scene) => touch(scene, "CopyObject", { "x-amz-server-side-encryption-customer-algorithm": "AES256" }),
};

export const bucketDownload: Attack = {
  kind: "cloud-download",
  about: "objects of the bucket downloaded",
  goal: "leak",
  techniques: ["T1530", "T1213", "T1567", "T1078.004", "T1078", "T1119"],
  speeds: [10, 100, 1_000, 10_000],
  unit: "objects/h",
  stealths: [0, 1, 2],
  lasts: 3,
  most: 2_000,
  act: (scene) => touch(scene, "GetObject", {}),
};

function touch(scene: HostileScene, name: string, parameters: Record<string, unknown>): void {
  const { department, dice, plan, record } = scene;
  const who = department.dice(`cloud/${plan.seed}`).pick(engineers);
  const identity = engineer(who, scene.day);
  const address = plan.stealth < 2 ? strangeAddress(scene) : "198.51.100.23";
  scene.truth.identities.add(identity.name).add(`arn:aws:sts::417288301266:assumed-role/${identity.name}/${who}`);
  scene.truth.addresses.add(address);
  const agent = plan.stealth === 0 ? "Boto3/1.34" : "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36";
  for (const time of moments(scene, plan.speed)) {
    const patient = dice.pick(department.patients);
    const key = `treatment/${patient.id}/fraction-${dice.integer(1, 30)}-${dice.integer(1, 5)}.bin`;
    const size = Math.round(dice.logNormal(120_000, 1));
    const traffic = name === "GetObject" ? { bytesOut: size } : { bytesIn: size };
    call(record, dice.hex(32), {
      identity,
      address,
      agent,
      time,
      service: "s3",
      name,
      bucket,
      key,
      parameters,
      ...traffic,
    });
  }
}
