/**
 * One relation (who acts on what: host → host, user → patient, application → operation) scored event by event.
 *
 * Five kinds of rate, each against its own habit and its peers': how much a source does, a target receives and a pair
 * exchanges (volume), how many targets a source reaches and how many sources reach a target (breadth). Their evidence
 * adds up, its logarithm joins the unfamiliarity of the less familiar party that acts:
 *
 *   score = ln(1 + Σ evidence) + w·unfamiliarity
 *
 * A pure function of what it was given: no clock, no randomness, bounded memory.
 */
import { scales, unfamiliarityWeight } from "../parameters.ts";
import { combine, type Hash64 } from "../stats/hash.ts";
import { KeyTable } from "../stats/key-table.ts";
import { Presence, presenceShare } from "../stats/presence.ts";
import { decays, Rates, rateFloats } from "../stats/rates.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Finding } from "./finding.ts";

export interface RelationLimits {
  /** Most sources, targets and pairs remembered. */
  sources: number;
  targets: number;
  pairs: number;
}

/** About 230 MB when every table is full. */
export const defaultLimits: RelationLimits = { sources: 262_144, targets: 524_288, pairs: 1_048_576 };

const presenceAt = 0;
const volumeAt = 1;
const breadthAt = volumeAt + rateFloats;
const nodeFloats = breadthAt + rateFloats;
const pairVolumeAt = 1;
const pairFloats = pairVolumeAt + rateFloats;
const patience = 30 * 86_400;

export class Relation {
  /** Of the last event: how unfamiliar (nats), which party that is, and the evidence of bursts (nats). */
  unfamiliarity = 0;
  targetIsStranger = false;
  evidence = 0;
  readonly #sources: KeyTable;
  readonly #targets: KeyTable;
  readonly #pairs: KeyTable;
  readonly #presence = new Presence();
  readonly #sourceVolume = new Rates(volumeAt);
  readonly #sourceBreadth = new Rates(breadthAt);
  readonly #targetVolume = new Rates(volumeAt);
  readonly #targetBreadth = new Rates(breadthAt);
  readonly #pairVolume = new Rates(pairVolumeAt);
  readonly #pair: Hash64 = { high: 0, low: 0 };
  readonly #decay = new Float64Array(scales.length);
  readonly #amounts = new Float64Array(scales.length);
  readonly #distinct = new Float64Array(scales.length);
  #now = Number.NEGATIVE_INFINITY;

  constructor(limits: RelationLimits = defaultLimits) {
    this.#sources = new KeyTable({ capacity: limits.sources, stride: nodeFloats, worth: presenceAt, patience });
    this.#targets = new KeyTable({ capacity: limits.targets, stride: nodeFloats, worth: presenceAt, patience });
    this.#pairs = new KeyTable({ capacity: limits.pairs, stride: pairFloats, worth: presenceAt, patience });
  }

  /**
   * @param time seconds; an event older than its predecessors counts as of now
   * @param amount how many operations the event stands for, > 0
   * @returns the score: nats, ≥ 0, higher is more anomalous
   */
  observe(source: Hash64, target: Hash64, time: number, amount = 1): number {
    if (time > this.#now) this.#now = time;
    this.#presence.advance(this.#now);
    const sourceRow = this.#touchNode(this.#sources, source, this.#sourceVolume, this.#sourceBreadth);
    const targetRow = this.#touchNode(this.#targets, target, this.#targetVolume, this.#targetBreadth);
    combine(source, target, this.#pair);
    const pairRow = this.#touchPair();
    this.#amounts.fill(amount);

    const sources = this.#sources.data;
    const targets = this.#targets.data;
    const sourceBase = sourceRow * nodeFloats;
    const targetBase = targetRow * nodeFloats;
    this.evidence =
      this.#sourceVolume.observe(sources, sourceBase, this.#amounts) +
      this.#targetVolume.observe(targets, targetBase, this.#amounts) +
      this.#pairVolume.observe(this.#pairs.data, pairRow * pairFloats, this.#amounts) +
      this.#sourceBreadth.observe(sources, sourceBase, this.#distinct) +
      this.#targetBreadth.observe(targets, targetBase, this.#distinct);
    this.#meet(sources[sourceBase + presenceAt]!, target);
    this.#settle(sourceBase, targetBase, pairRow);
    return Math.log1p(this.evidence) + unfamiliarityWeight * this.unfamiliarity;
  }

  /** The strongest reasons for the last score, strongest first. */
  findings(): Finding[] {
    const found: Finding[] = [
      { kind: "unfamiliar", nats: this.unfamiliarity, party: this.targetIsStranger ? "target" : "source" },
    ];
    const add = (kind: Finding["kind"], rates: Rates) => {
      if (rates.strongest <= 0) return;
      const { strongest, strongestScale, observed, expected } = rates;
      const seconds = scales[strongestScale]!;
      found.push({ kind, nats: Math.log1p(strongest), seconds, observed, expected, peer: rates.peer(strongestScale) });
    };
    add("source-volume", this.#sourceVolume);
    add("target-volume", this.#targetVolume);
    add("pair-volume", this.#pairVolume);
    add("source-breadth", this.#sourceBreadth);
    add("target-breadth", this.#targetBreadth);
    return found.sort((a, b) => b.nats - a.nats);
  }

  /** Bytes held; it never exceeds what the limits allow. */
  get bytes(): number {
    return this.#sources.bytes + this.#targets.bytes + this.#pairs.bytes;
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#now]);
    for (const part of this.#parts()) part.save(out);
  }

  load(input: SnapshotReader): void {
    this.#now = input.numbers(1)[0]!;
    for (const part of this.#parts()) part.load(input);
  }

  #parts() {
    return [
      ...[this.#sources, this.#targets, this.#pairs, this.#presence],
      ...[this.#sourceVolume, this.#sourceBreadth, this.#targetVolume, this.#targetBreadth, this.#pairVolume],
    ];
  }

  /** Everyone who acts is judged by presence: the source, and the target where it has acted as a source, too. */
  #meet(sourcePresent: number, target: Hash64): void {
    let present = sourcePresent;
    const acting = this.#sources.find(target.high, target.low);
    this.targetIsStranger = false;
    if (acting >= 0) {
      const targetPresent = this.#sources.data[acting * nodeFloats + presenceAt]!;
      if (targetPresent < present) {
        present = targetPresent;
        this.targetIsStranger = true;
      }
    }
    this.unfamiliarity = this.#presence.unfamiliarity(present);
  }

  #touchNode(table: KeyTable, key: Hash64, volume: Rates, breadth: Rates): number {
    const row = table.find(key.high, key.low);
    if (row < 0) return table.add(key.high, key.low, this.#now);
    const gap = this.#now - table.seen[row]!;
    if (gap > 0) {
      decays(gap, this.#decay);
      const base = row * nodeFloats;
      volume.advance(table.data, base, this.#decay);
      breadth.advance(table.data, base, this.#decay);
    }
    return row;
  }

  /** A pair seen again after a gap counts towards breadth for what its last visit has decayed to. */
  #touchPair(): number {
    const table = this.#pairs;
    const row = table.find(this.#pair.high, this.#pair.low);
    if (row < 0) {
      this.#distinct.fill(1);
      return table.add(this.#pair.high, this.#pair.low, this.#now);
    }
    const gap = this.#now - table.seen[row]!;
    if (gap > 0) {
      decays(gap, this.#decay);
      this.#pairVolume.advance(table.data, row * pairFloats, this.#decay);
      for (let k = 0; k < scales.length; k++) this.#distinct[k] = 1 - this.#decay[k]!;
    } else {
      this.#distinct.fill(0);
    }
    return row;
  }

  /** After scoring: the rows have been seen now, and their presence grows. */
  #settle(sourceBase: number, targetBase: number, pairRow: number): void {
    settleRow(this.#sources, sourceBase / nodeFloats, nodeFloats, this.#now);
    settleRow(this.#targets, targetBase / nodeFloats, nodeFloats, this.#now);
    settleRow(this.#pairs, pairRow, pairFloats, this.#now);
  }
}

function settleRow(table: KeyTable, row: number, stride: number, now: number): void {
  const { data, seen } = table;
  const at = row * stride + presenceAt;
  const gap = now - seen[row]!;
  if (gap > 0) data[at]! += presenceShare(gap);
  else if (data[at] === 0) data[at] = 1;
  seen[row] = now;
}
