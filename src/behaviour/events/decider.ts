/**
 * From merged surprise to decisions on a budget of false alerts a week.
 *
 * However detectors depend on one another, their sum is one statistic; what entity-hours ordinarily peak at in it makes
 * it a p-value again (Peaks), valid for hours that are exchangeable. Two tests share the budget B evenly; with λ
 * entity-hours a week:
 *  - one hour alone: p ≤ B / 2λ;
 *  - hours together: the e-detector M = e(p)·max(1, M'), e(p) = ½·p^(−½), alarms at M ≥ 2λ/B; its average run length is
 *    at least that many hours (Shin, Ramdas & Rinaldo 2022). It fades over a week.
 * One entity teaches the tail about once a week, so that a noisy one does not set the level of all.
 * Entities are not exchangeable: each is measured by its own rate and scale in the tail (OwnTail). The test of many hours
 * starts anew after it alarms and somebody was told. What the tests let through beyond the budget, AlertBudget holds back;
 * what it holds back is not forgotten, so that what goes on is told a little later.
 */
import { OwnTail, ownFloats } from "../alerting/own-tail.ts";
import { Peaks } from "../alerting/peaks.ts";
import { Trail } from "../alerting/trail.ts";
import type { Hash64 } from "../stats/hash.ts";
import { KeyTable } from "../stats/key-table.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";

const hour = 3_600;
const hoursPerWeek = 168;
const warmUp = 300;
/** Hours are not exchangeable even so (shifts, projects, newcomers): the tests are run at this fraction of the budget. */
const margin = 4;
const ordinarySurprise = 1;
const patience = 30 * 86_400;
const field = { peak: 0, evidence: 1, hour: 2, level: 3, hours: 4, tails: 5, known: 6, own: 7 } as const;
const floats = 7 + ownFloats;
/** Active hours by which an entity is told from others. */
const ownHours = 1_000;
const priorHours = 8;
const memoryHours = 200;
const levelStep = 3;
/** Multiple of what alarms up to which evidence of many hours is kept while nobody has been told. */
const mostKept = 2;

export interface Decision {
  /** Surprise as a multiple of what alerts: 1 and more is at alert level. */
  excess: number;
  test: "peak" | "cumulative";
}

const nothing: Decision = { excess: 0, test: "peak" };

export class Decider {
  readonly #perWeek: number;
  readonly #table: KeyTable;
  readonly #peaks = new Peaks();
  readonly #trail = new Trail();
  readonly #own = new OwnTail({ priorRate: 2, priorScale: 2, leastRate: 0, memory: ownHours });
  #row = -1;
  #now = 0;

  constructor(perWeek: number, entities: number) {
    this.#perWeek = perWeek;
    this.#table = new KeyTable({ capacity: entities, stride: floats, worth: field.hours, patience });
  }

  observe(entity: Hash64, time: number, score: number, index: number): Decision {
    this.#now = time;
    const now = Math.floor(time / hour);
    this.#peaks.advance(now);
    const at = this.#enter(entity, now);
    const { data } = this.#table;
    if (score > data[at + field.peak]!) data[at + field.peak] = score;
    if (this.#peaks.samples < warmUp) return nothing;
    const residual = score - this.#relief(at);
    if (!this.#peaks.remarkable(residual)) return nothing;
    const surprise = this.#surprise(at, residual);
    const cumulative = data[at + field.evidence]! + logEvidence(surprise);
    const excess = Math.max(surprise, cumulative) / this.#alarmSurprise();
    if (excess > 0.5) this.#trail.add(this.#row, index);
    return { excess, test: surprise >= cumulative ? "peak" : "cumulative" };
  }

  /** Somebody knows of the entity last observed: its contributing events; its accumulated evidence starts anew. */
  alerted(): number[] {
    this.#table.data[this.#row * floats + field.evidence] = 0;
    return this.#trail.take(this.#row);
  }

  /** Nats at which either test alarms. */
  #alarmSurprise(): number {
    return Math.log((2 * margin * this.#peaks.weeklyRate) / this.#perWeek + 1);
  }

  #enter(entity: Hash64, now: number): number {
    const table = this.#table;
    let row = table.find(entity.high, entity.low);
    if (row < 0) {
      row = table.add(entity.high, entity.low, this.#now);
      this.#trail.forget(row);
      table.data[row * floats + field.hour] = now;
    } else if (now > table.data[row * floats + field.hour]!) this.#close(row * floats, now);
    table.seen[row] = this.#now;
    this.#row = row;
    return row * floats;
  }

  #close(at: number, now: number): void {
    const { data } = this.#table;
    const idle = now - data[at + field.hour]!;
    const peak = data[at + field.peak]!;
    const residual = peak - this.#relief(at);
    if (this.#peaks.samples >= warmUp) {
      const isTail = this.#peaks.remarkable(residual);
      const surprise = isTail ? this.#surprise(at, residual) : ordinarySurprise;
      const evidence = Math.max(0, data[at + field.evidence]! + logEvidence(surprise));
      data[at + field.evidence] = Math.min(evidence, mostKept * this.#alarmSurprise()) * Math.exp(-idle / hoursPerWeek);
      this.#own.learn(data, at + field.own, isTail ? this.#peaks.surprise(residual) : 0, now);
    }
    const hours = Math.min(memoryHours, data[at + field.hours]! + 1);
    const bounded = Math.min(peak, this.#level(at) + levelStep);
    data[at + field.level]! += (bounded - data[at + field.level]!) / hours;
    data[at + field.hours] = hours;
    data[at + field.known] = Math.min(ownHours, data[at + field.known]! + 1);
    const tails = data[at + field.tails]! * Math.exp(-idle / hoursPerWeek);
    const isTail = this.#peaks.samples >= warmUp && this.#peaks.remarkable(residual);
    if (!isTail || tails < 1) this.#peaks.learn(residual, peak);
    data[at + field.tails] = tails + (isTail ? 1 : 0);
    if (data[at + field.evidence] === 0 && !isTail) this.#trail.forget(at / floats);
    data[at + field.peak] = 0;
    data[at + field.hour] = now;
  }

  #surprise(at: number, residual: number): number {
    const { data } = this.#table;
    return this.#own.surprise(data, at + field.own, this.#peaks.surprise(residual), data[at + field.known]!);
  }

  #relief(at: number): number {
    return Math.max(0, this.#level(at) - this.#peaks.mean);
  }

  #level(at: number): number {
    const { data } = this.#table;
    const hours = data[at + field.hours]!;
    return (data[at + field.level]! * hours + this.#peaks.mean * priorHours) / (hours + priorHours);
  }

  get bytes(): number {
    return this.#table.bytes + 65_536;
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#now]);
    for (const part of [this.#table, this.#peaks, this.#trail]) part.save(out);
  }

  load(input: SnapshotReader): void {
    this.#now = input.numbers(1)[0]!;
    for (const part of [this.#table, this.#peaks, this.#trail]) part.load(input);
  }
}

/** ln e(p) for the p-to-e calibrator ½·p^(−½) (Vovk & Wang 2021). */
function logEvidence(surprise: number): number {
  return surprise / 2 - Math.LN2;
}
