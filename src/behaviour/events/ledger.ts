/**
 * The ledger of evidence: of each entity, what each detector has found against it lately, and what that amounts to.
 *
 * Per entity and detector the evidence A leaks with a time constant of an hour: what is news is added, what lasts keeps
 * its highest. On the scale y = 4·ln(1 + A/4) it is calibrated (Calibration), into nats that mean the same for every
 * detector; each then counts up to a cap, and beyond what is common. Nothing waits for an hour to close: the event that
 * makes the difference raises the sum. The hour is only the unit in which the ordinary is learnt.
 */
import { Calibration } from "../calibration/calibration.ts";
import type { Act } from "../detectors/observation.ts";
import { type Hash64, hashText } from "../stats/hash.ts";
import { KeyTable } from "../stats/key-table.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";

const leak = 3_600;
const hour = 3_600;
const scale = 4;
/** Nats: more than this no detector alone can say by rarity … */
export const cap = 14;
/** … and less than this is common. */
const common = 2;
const priorHours = 12;
const memoryHours = 200;
const levelStep = 3;
const strangerHours = 8;

/** What is read, stored, changed, deleted and the rest are calibrated apart: of some there is hardly ever anything. */
const channelOf: Record<Act, number> = {
  read: 0,
  search: 0,
  create: 1,
  change: 2,
  destroy: 3,
  login: 4,
  administer: 4,
  other: 4,
};
const channels = 5;

const hoursAt = 0;
const hourAt = 1;
const groupAt = 2;
const detectorsAt = 3;
/** Per detector and channel: evidence A, the hour's peak of y, the mean peak of this entity's hours. */
const fields = 3;

export class Ledger {
  readonly #table: KeyTable;
  readonly #calibrations: Calibration[];
  readonly #stride: number;
  readonly #count: number;
  #row = -1;

  constructor(capacity: number, detectors: number) {
    this.#count = detectors * channels;
    this.#stride = detectorsAt + this.#count * fields;
    this.#table = new KeyTable({ capacity, stride: this.#stride, worth: hoursAt, patience: 30 * 86_400 });
    this.#calibrations = Array.from({ length: this.#count }, () => new Calibration());
  }

  /** Turns to an entity; evidence of earlier events has leaked, and an hour that is over has been learnt from. */
  turn(key: Hash64, group: number, time: number): void {
    const table = this.#table;
    let row = table.find(key.high, key.low);
    if (row < 0) {
      row = table.add(key.high, key.low, time);
      table.data[row * this.#stride + hourAt] = hourOf(time);
    }
    const base = row * this.#stride;
    const { data } = table;
    data[base + groupAt] = group;
    if (hourOf(time) !== data[base + hourAt]) this.#close(base, time);
    const gap = time - table.seen[row]!;
    if (gap > 0) {
      const decay = Math.exp(-gap / leak);
      for (let d = 0; d < this.#count; d++) data[base + detectorsAt + d * fields]! *= decay;
    }
    table.seen[row] = time;
    this.#row = row;
  }

  /** Evidence of a detector against the entity turned to. */
  add(detector: number, act: Act, nats: number, isLevel: boolean): void {
    const { data } = this.#table;
    const cell = detector * channels + channelOf[act];
    const at = this.#row * this.#stride + detectorsAt + cell * fields;
    data[at] = isLevel ? Math.max(data[at]!, nats) : data[at]! + nats;
    const y = compressed(data[at]!);
    if (y > data[at + 1]!) data[at + 1] = y;
  }

  /** Calibrated surprise of one detector about the entity turned to, nats: 0 up to the cap. */
  surprise(detector: number): number {
    let most = 0;
    for (let channel = 0; channel < channels; channel++)
      most = Math.max(most, this.#cell(detector * channels + channel));
    return most;
  }

  #cell(cell: number): number {
    const { data } = this.#table;
    const base = this.#row * this.#stride;
    const at = base + detectorsAt + cell * fields;
    const evidence = data[at]!;
    if (evidence < 1) return 0;
    const residual = compressed(evidence) - this.#level(base, at);
    if (residual <= 0) return 0;
    const nats = this.#calibrations[cell]!.surprise(residual, data[base + groupAt]!);
    return Math.max(0, Math.min(cap, nats, evidence) - common);
  }

  #close(base: number, time: number): void {
    const { data } = this.#table;
    const hours = Math.min(memoryHours, data[base + hoursAt]! + 1);
    for (let d = 0; d < this.#count; d++) {
      const at = base + detectorsAt + d * fields;
      const peak = data[at + 1]!;
      const level = this.#level(base, at);
      this.#calibrations[d]!.learn(Math.max(0, peak - level), data[base + groupAt]!, time);
      data[at + 2]! += (Math.min(peak, level + levelStep) - data[at + 2]!) / hours;
      data[at + 1] = 0;
    }
    data[base + hoursAt] = hours;
    data[base + hourAt] = hourOf(time);
  }

  /** What this entity's hours usually peak at, shrunk towards nothing while few are known. */
  #level(base: number, at: number): number {
    const { data } = this.#table;
    const hours = data[base + hoursAt]!;
    return (data[at + 2]! * hours) / (hours + priorHours);
  }

  get bytes(): number {
    return this.#calibrations.reduce((sum, { bytes }) => sum + bytes, this.#table.bytes);
  }

  /** Has the entity turned to hardly ever been seen? */
  get isStranger(): boolean {
    return this.#table.data[this.#row * this.#stride + hoursAt]! < strangerHours;
  }

  save(out: SnapshotWriter): void {
    this.#table.save(out);
    for (const calibration of this.#calibrations) calibration.save(out);
  }

  load(input: SnapshotReader): void {
    this.#table.load(input);
    for (const calibration of this.#calibrations) calibration.load(input);
  }
}

const kinds = new Map<string, Hash64>();

/** The key of an entity among those of other kinds. */
export function kindHash(kind: string): Hash64 {
  let hash = kinds.get(kind);
  if (!hash) {
    hash = { high: 0, low: 0 };
    hashText(kind, 13, hash);
    kinds.set(kind, hash);
  }
  return hash;
}

function compressed(nats: number): number {
  return scale * Math.log1p(nats / scale);
}

/** Exact in a 32-bit float for all years that matter. */
function hourOf(time: number): number {
  return Math.floor(time / hour);
}
