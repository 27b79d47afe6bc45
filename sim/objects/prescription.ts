/** What is to be delivered: fractions, beams and their control points, shared by plan, dose and records. */
import { Random } from "./random.ts";

export interface Beam {
  number: number;
  name: string;
  gantry: number;
  collimator: number;
  /** Monitor units per fraction. */
  meterset: number;
  /** Dose per fraction, Gy. */
  dose: number;
  /** Share of the meterset delivered when each control point is reached: 0 first, 1 last. */
  weights: readonly number[];
  /** Leaf positions at each control point, mm: bank 1, then bank 2. */
  leaves: readonly (readonly number[])[];
}

export interface Prescription {
  fractions: number;
  /** Gy. */
  dosePerFraction: number;
  machine: string;
  beams: readonly Beam[];
}

export const leafPairs = 60;
/** 14 leaves of 10 mm, 32 of 5 mm in the middle, 14 of 10 mm. */
export const leafBoundaries: readonly number[] = [
  ...Array.from({ length: 14 }, (_, index) => -220 + index * 10),
  ...Array.from({ length: 32 }, (_, index) => -80 + index * 5),
  ...Array.from({ length: 15 }, (_, index) => 80 + index * 10),
];
const controlPoints = 12;

export function makePrescription(label: string): Prescription {
  const random = new Random(`${label}/prescription`);
  const { fractions, dosePerFraction } = random.pick([
    { fractions: 30, dosePerFraction: 2 },
    { fractions: 35, dosePerFraction: 2 },
    { fractions: 25, dosePerFraction: 2 },
    { fractions: 20, dosePerFraction: 2.75 },
    { fractions: 15, dosePerFraction: 2.67 },
  ]);
  const count = random.pick([5, 7, 9]);
  const beams = Array.from({ length: count }, (_, index) => makeBeam(random, index, count, dosePerFraction));
  return { fractions, dosePerFraction, machine: `LINAC${random.integer(1, 4)}`, beams };
}

function makeBeam(random: Random, index: number, count: number, dosePerFraction: number): Beam {
  const gantry = Math.round((index * 360) / count);
  const steps = Array.from({ length: controlPoints - 1 }, () => random.between(0.5, 1.5));
  return {
    number: index + 1,
    name: `G${String(gantry).padStart(3, "0")}`,
    gantry,
    collimator: random.integer(0, 10),
    meterset: Math.round(random.between(60, 140) * 10) / 10,
    dose: Math.round((dosePerFraction / count) * 1e4) / 1e4,
    weights: cumulative(steps),
    leaves: Array.from({ length: controlPoints }, () => leafPositions(random)),
  };
}

/** Running shares of the sum: 0 first, 1 last. */
function cumulative(steps: readonly number[]): number[] {
  const total = steps.reduce((sum, step) => sum + step, 0);
  const weights = [0];
  for (const step of steps.slice(0, -1)) weights.push(Math.round((weights.at(-1)! + step / total) * 1e6) / 1e6);
  return [...weights, 1];
}

/** Leaves within 40 mm of the centre open around the target; the others stay closed. */
function leafPositions(random: Random): number[] {
  const openings = Array.from({ length: leafPairs }, (_, leaf): [number, number] => {
    const middle = (leafBoundaries[leaf]! + leafBoundaries[leaf + 1]!) / 2;
    if (Math.abs(middle) > 40) return [0, 0];
    const half = Math.sqrt(40 * 40 - middle * middle);
    return [tenths(random.between(-half, 0)), tenths(random.between(0, half))];
  });
  return [...openings.map(([left]) => left), ...openings.map(([, right]) => right)];
}

const tenths = (value: number): number => Math.round(value * 10) / 10;
