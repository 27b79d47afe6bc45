/** Patients on treatment: their course, plan, place on a machine and in the archive. */
import type { Dice } from "../dice.ts";
import type { Device } from "./equipment.ts";
import type { Study } from "./holdings.ts";
import type { Person } from "./people.ts";

export interface Beam {
  number: number;
  /** Monitor units. */
  mu: number;
  gantry: number;
}

export interface Plan {
  uid: string;
  series: string;
  priorUid?: string;
  fractions: number;
  beams: Beam[];
  /** Stands for everything but dose: leaves, jaws, isocentre. */
  geometry: string;
  approval: "APPROVED" | "UNAPPROVED" | "REJECTED";
  /** ms since 1970: when it was first in the archive. */
  madeAt: number;
  approvedAt?: number;
  reviewer?: string;
  /** Fractions of the course delivered under earlier plans. */
  before: number;
  /** First day on which it is treated by. */
  validFrom: number;
}

export interface Patient {
  id: string;
  study: Study;
  /** Where this course's records go. */
  recordSeries: string;
  physician: Person;
  linac: Device;
  /** Usual minute of the day. */
  slot: number;
  plan: Plan | undefined;
  /** Made, but not yet approved. */
  nextPlan: Plan | undefined;
  /** Of the whole course. */
  fractionsDone: number;
  /** Day of the first fraction; until then the course is being prepared. */
  firstFraction: number;
  replanAt: number | undefined;
  ended: boolean;
  coneBeam: boolean;
}

export function makePlan(uid: string, series: string, fractions: number, dice: Dice): Plan {
  const count = dice.pick([2, 2, 3, 5, 7, 9]);
  return {
    uid,
    series,
    fractions,
    beams: Array.from({ length: count }, (_, index) => ({
      number: index + 1,
      mu: Math.round(dice.logNormal(count < 4 ? 260 : 90, 0.35) * 10) / 10,
      gantry: Math.round((index * 360) / count),
    })),
    geometry: dice.hex(64),
    approval: "UNAPPROVED",
    madeAt: 0,
    before: 0,
    validFrom: 0,
  };
}
