/** Linked radiotherapy sets: everything a clinic needs to keep treating a patient. */
import type { GeneratedObject } from "./attributes.ts";
import { ctSeries } from "./ct.ts";
import { type Interruption, sessionsOf } from "./delivery.ts";
import { dose } from "./dose.ts";
import { makeCourse } from "./patient.ts";
import { makeGrid, makeStructures } from "./phantom.ts";
import { plan } from "./plan.ts";
import { makePrescription } from "./prescription.ts";
import { record } from "./record.ts";
import { structureSet } from "./structure-set.ts";

export interface RtSetOptions {
  /** Everything follows from it. */
  seed: number;
  patients?: number;
  /** CT slices per patient. */
  slices?: number;
  /** Rows and columns of a slice. */
  size?: number;
  /** Fractions delivered so far; no more than are planned. */
  fractions?: number;
  /** The same for every patient. */
  interruptions?: readonly Interruption[];
}

/** Patient by patient: CT images, structure set, plan, dose and one treatment record per session. */
export function* rtSets(options: RtSetOptions): Generator<GeneratedObject> {
  for (let patient = 1; patient <= (options.patients ?? 1); patient++) yield* rtSet(options, patient);
}

function* rtSet(options: RtSetOptions, patient: number): Generator<GeneratedObject> {
  const { seed, slices = 60, size = 512, fractions = 5, interruptions = [] } = options;
  const course = makeCourse(seed, patient);
  const grid = makeGrid(size, slices);
  const structures = makeStructures(course.label, grid);
  const target = structures.find(({ type }) => type === "PTV")!;
  const prescription = makePrescription(course.label);
  yield* ctSeries(course, grid, structures);
  yield structureSet(course, grid, structures);
  yield plan(course, prescription, [target.x, target.y, target.z]);
  yield dose(course, grid, target, prescription);
  const delivered = Math.min(fractions, prescription.fractions);
  for (const session of sessionsOf(prescription, delivered, interruptions)) yield record(course, prescription, session);
}
