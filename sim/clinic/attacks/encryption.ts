/** Objects replaced by ciphertext under their own UIDs: whole, in part, in stripes, with the header kept. */
import type { Alteration } from "../contents.ts";
import { associate } from "../work/scene.ts";
import type { Series, Study } from "../world/holdings.ts";
import type { Attack, HostileScene } from "./attack.ts";
import { asPeer, victim } from "./disguise.ts";
import { moments } from "./pace.ts";

type Cipher = Pick<Alteration, "cipher" | "irregular">;

const inShifts = [1, 3, 10, 30, 100] as const;
const mass = [1_000, 10_000, 100_000] as const;

const impact = ["T1486", "T1485", "T1565.001", "T1565"];

function encryption(kind: string, about: string, cipher: Cipher, speeds: readonly number[], lasts: number): Attack {
  return {
    kind,
    about,
    goal: "damage",
    techniques: impact,
    speeds,
    unit: "objects/h",
    stealths: [0, 1, 2],
    lasts,
    most: 3_000,
    act: (scene) => overwrite(scene, cipher),
  };
}

export const massEncryption = encryption(
  "mass-encryption",
  "every object overwritten with ciphertext",
  { cipher: 1, irregular: ["pixel/length"] },
  mass,
  2,
);
export const slowEncryption = encryption(
  "slow-encryption",
  "a few objects an hour, their headers kept",
  { cipher: 1 },
  inShifts,
  14,
);
export const partialEncryption = encryption(
  "partial-encryption",
  "5 % of each object",
  { cipher: 0.05 },
  [10, 100, 1_000],
  7,
);
export const intermittentEncryption = encryption(
  "intermittent-encryption",
  "every fourth block of each object",
  { cipher: 0.25 },
  [10, 100, 1_000],
  7,
);
export const headerPreserving = encryption(
  "header-preserving-encryption",
  "pixel data only, lengths kept",
  { cipher: 1 },
  [10, 100, 1_000, 10_000],
  7,
);

function overwrite(scene: HostileScene, cipher: Cipher): void {
  const { department, dice, plan } = scene;
  const targets = targetsOf(scene);
  const person = victim(scene, "dosimetrist");
  const caller = asPeer(scene, dice.pick(department.equipment.planning), person);
  let association: ReturnType<typeof associate> | undefined;
  let fetched: Series | undefined;
  for (const time of moments(scene, plan.speed)) {
    const { study, series, index } = targets.next().value!;
    if (!association || time - association.now > 120_000) {
      association?.release();
      association = associate(scene, caller, time);
    }
    association.now = Math.max(association.now, time);
    if (fetched !== series && plan.stealth > 0) association.retrieveSeries(study, series);
    fetched = series;
    const alteration: Alteration = { revision: 2 + plan.seed, pixels: true, ...cipher };
    association.store(study.patientId, study, series, index, { activity: "update", version: 2, alteration });
  }
  association?.release();
}

export interface Target {
  study: Study;
  series: Series;
  index: number;
}

/** Images of one study after the other; those on treatment first. */
export function* targetsOf({ department, dice }: HostileScene): Generator<Target> {
  for (;;) {
    const current = dice.sample(department.patients, 40).map(({ study }) => study);
    for (const study of [...current, ...dice.sample(department.holdings.studies, 200)]) {
      const images = study.series.filter(({ modality }) => modality === "CT" || modality === "MR");
      for (const series of images.slice(0, 1)) {
        for (let index = 1; index <= series.instances; index++) yield { study, series, index };
      }
    }
  }
}
