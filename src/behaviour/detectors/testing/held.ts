/** What detectors hold after a hostile stream: as they tell it, as the heap has it, and as their state is saved. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Detector, DetectorLimits } from "../detector.ts";
import type { DetectorMaker } from "../registry.ts";
import { Hostile } from "./hostile.ts";
import { saved } from "./observe.ts";

export interface Held {
  /** Bytes that the detector tells, when half of the stream is over and at its end. */
  half: number;
  told: number;
  /** Bytes that the process is free of once the detector is given up. */
  heap: number;
  /** Bytes of its saved state. */
  saved: number;
}

/** Observations are made a batch at a time and given to one detector after another. */
const batch = 5_000;
/** Of what is told: rounding of tables, closures, small maps; and the least that the heap can be told to. */
const tolerance = { share: 1.05, bytes: 2 ** 20 } as const;

/** @param events a multiple of 10,000 */
export function heldAfter(
  events: number,
  makers: Readonly<Record<string, DetectorMaker>>,
  limits: DetectorLimits,
): Record<string, Held> {
  const detectors = new Map(Object.entries(makers).map(([name, make]) => [name, make(limits)]));
  const hostile = new Hostile();
  const run = (from: number, to: number): Record<string, number> => {
    for (let i = from; i < to; i += batch) feed(detectors.values(), hostile, i);
    return Object.fromEntries([...detectors].map(([name, { bytes }]) => [name, bytes]));
  };
  const half = run(0, events / 2);
  const told = run(events / 2, events);
  const held: Record<string, Held> = {};
  for (const name of detectors.keys()) {
    const state = saved(detectors.get(name)!).length;
    held[name] = { half: half[name]!, told: told[name]!, heap: freedBy(() => detectors.delete(name)), saved: state };
  }
  return held;
}

/** What a detector breaks of its promise to hold a bounded amount, and to tell it. */
export function breachesOf({ half, told, heap, saved: state }: Held): string[] {
  const most = told * tolerance.share + tolerance.bytes;
  const found: string[] = [];
  if (told > half * 1.01) found.push(`grows: ${half}, then ${told} bytes`);
  if (heap > most) found.push(`holds ${heap} bytes and tells ${told}`);
  if (state > most) found.push(`saves ${state} bytes of ${told}`);
  return found;
}

function feed(detectors: Iterable<Detector>, hostile: Hostile, from: number): void {
  const observations = Array.from({ length: batch }, (_, i) => hostile.observe(from + i));
  for (const detector of detectors) {
    for (const seen of observations) {
      detector.assess(seen, ({ reason }) => void (seen.index % 100 === 0 && reason()));
      detector.learn(seen, seen.index % 4 === 3 ? 0 : 1);
    }
  }
}

function freedBy(giveUp: () => void): number {
  const before = inUse();
  giveUp();
  return before - inUse();
}

/** Bytes of the heap and of buffers outside of it. Buffers are freed at the collection after the one that finds them. */
function inUse(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
