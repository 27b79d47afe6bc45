/**
 * Peer groups. A given role makes the group; without one it is learnt: a principal's decayed mix of acts and protocols
 * is compared (cosine) with the groups' centres, and joins the nearest or founds one (leader clustering, Hartigan 1975).
 * It is looked at again whenever its number of events has doubled, so that a group is stable and cheap.
 */
import type { AccessEvent } from "../../core/index.ts";
import type { Act } from "../detectors/observation.ts";
import { type Hash64, hashText } from "../stats/hash.ts";
import { KeyTable } from "../stats/key-table.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";

/** Groups 1 to 31 are given by role, 32 to 63 learnt; 0 is not known yet. */
const roleGroups = 31;
const mostLearnt = 32;
const firstLearnt = 32;
const buckets = 16;
const eventsAt = 0;
const groupAt = 1;
const mixAt = 2;
const stride = mixAt + buckets;
const least = 16;
const similar = 0.8;
const centreStep = 0.1;
const patience = 60 * 86_400;
const fade = 0.5;

export class Groups {
  readonly #rows: KeyTable;
  readonly #hash: Hash64 = { high: 0, low: 0 };
  #centres = new Float64Array(mostLearnt * buckets);
  #learnt = 0;

  constructor(capacity: number) {
    this.#rows = new KeyTable({ capacity, stride, worth: eventsAt, patience });
  }

  /** The group of the principal, which has acted once more. */
  of(principal: Hash64, act: Act, event: AccessEvent, time: number): number {
    const rows = this.#rows;
    let row = rows.find(principal.high, principal.low);
    if (row < 0) row = rows.add(principal.high, principal.low, time);
    rows.seen[row] = time;
    const { data } = rows;
    const base = row * stride;
    hashText(act + event.protocol, 3, this.#hash);
    data[base + mixAt + (this.#hash.low % buckets)]!++;
    const events = ++data[base + eventsAt]!;
    const role = event.actor.user?.role;
    if (role) data[base + groupAt] = this.#ofRole(role);
    const group = data[base + groupAt]!;
    const isDue = group === 0 || group >= firstLearnt;
    if (isDue && events >= least && (events & (events - 1)) === 0) this.#place(base);
    return data[base + groupAt]!;
  }

  #ofRole(role: string): number {
    hashText(role, 5, this.#hash);
    return 1 + (this.#hash.low % roleGroups);
  }

  #place(base: number): void {
    const { data } = this.#rows;
    const mix = data.subarray(base + mixAt, base + mixAt + buckets);
    const length = Math.sqrt(mix.reduce((sum, value) => sum + value * value, 0));
    let best = -1;
    let nearest = 0;
    for (let group = 0; group < this.#learnt; group++) {
      let dot = 0;
      let norm = 0;
      for (let i = 0; i < buckets; i++) {
        const centre = this.#centres[group * buckets + i]!;
        dot += centre * mix[i]!;
        norm += centre * centre;
      }
      const cosine = dot / (Math.sqrt(norm) * length || 1);
      if (cosine <= nearest) continue;
      nearest = cosine;
      best = group;
    }
    if (best < 0 || (nearest < similar && this.#learnt < mostLearnt)) best = this.#found(mix, length);
    for (let i = 0; i < buckets; i++) {
      const at = best * buckets + i;
      this.#centres[at]! += (mix[i]! / length - this.#centres[at]!) * centreStep;
      mix[i]! *= fade;
    }
    data[base + groupAt] = firstLearnt + best;
  }

  #found(mix: Float32Array, length: number): number {
    const group = Math.min(this.#learnt, mostLearnt - 1);
    for (let i = 0; i < buckets; i++) this.#centres[group * buckets + i] = mix[i]! / length;
    this.#learnt = group + 1;
    return group;
  }

  get bytes(): number {
    return this.#rows.bytes;
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#learnt]);
    out.array(this.#centres);
    this.#rows.save(out);
  }

  load(input: SnapshotReader): void {
    this.#learnt = input.numbers(1)[0]!;
    this.#centres = input.array(Float64Array);
    this.#rows.load(input);
  }
}
