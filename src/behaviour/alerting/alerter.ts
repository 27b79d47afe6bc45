/**
 * From scores to alerts on a budget of false alerts a week.
 *
 * Per entity and hour the peak score becomes a p-value (Peaks). Two tests share the budget B evenly; with λ entity-hours
 * a week both keep the expected number of false alerts a week at or below B/2 on exchangeable hours:
 *  - one hour alone: p ≤ B / 2λ;
 *  - hours together, for the slow and low: the e-detector M = e(p)·max(1, M'), e(p) = ½·p^(−½), alarms at M ≥ 2λ/B and
 *    has an average run length of at least that many hours (Shin, Ramdas & Rinaldo 2022). M fades over a week, and only
 *    an event in the tail may complete it.
 * Some entities are always odder than their peers (the nightly backup). What an entity's hours usually peak at, as far
 * as it exceeds what everyone's do, is taken off its scores first; this level is learnt slowly and by bounded steps.
 * An entity that has alerted stays quiet for a day and a half after its last alarming event, and so does everyone who only joins
 * in on the same counterparty: one alert an incident, not one an identity. What the tests let through beyond the budget,
 * AlertBudget holds back.
 */
import type { Hash64 } from "../stats/hash.ts";
import { KeyTable } from "../stats/key-table.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import { AlertBudget } from "./alert-budget.ts";
import { Peaks } from "./peaks.ts";
import { Trail } from "./trail.ts";

export interface AlertOptions {
  /** False alerts a week that the operator accepts, > 0. */
  alertsPerWeek: number;
  /** Most entities followed. */
  entities: number;
}

export const defaultAlertOptions: AlertOptions = { alertsPerWeek: 1, entities: 262_144 };

export interface Alarm {
  /** 0 to 1; ½ is the level at which alerts begin. */
  risk: number;
  /** Whether one hour's peak or the evidence of many hours raised it. */
  test: "peak" | "cumulative";
  /** Indices of contributing events, oldest first, this one last. */
  events: number[];
}

const hour = 3_600;
const hoursPerWeek = 168;
/** Until this many entity-hours are known, nothing is ordinary and nothing alerts. */
const warmUp = 500;
/** Longer than a day: what recurs daily is one incident. */
const entityQuietHours = 36;
const counterpartyQuietHours = 1;
/** Nats: what −ln p is on average where nothing happens. */
const ordinarySurprise = 1;
const patience = 30 * 86_400;

/** `level` is the mean peak of the entity's hours, over `hours` of them. */
const field = { peak: 0, evidence: 1, hour: 2, quietUntil: 3, level: 4, hours: 5 } as const;
const floats = 6;
const priorHours = 8;
const memoryHours = 200;
/** Nats by which a peak may exceed the level and still teach it in full. */
const levelStep = 4;

export class Alerter {
  /** Whether the last event was at alert level, alerted or quiet. */
  alarming = false;
  readonly #options: AlertOptions;
  readonly #entities: KeyTable;
  readonly #counterparties: KeyTable;
  readonly #peaks = new Peaks();
  readonly #trail = new Trail();
  readonly #budget: AlertBudget;
  #now = 0;

  constructor(options: AlertOptions = defaultAlertOptions) {
    this.#options = options;
    this.#budget = new AlertBudget(options.alertsPerWeek);
    this.#entities = new KeyTable({ capacity: options.entities, stride: floats, worth: field.hours, patience });
    this.#counterparties = new KeyTable({ capacity: options.entities, stride: 1, worth: 0, patience });
  }

  /** @returns an alarm when this event raises an alert */
  observe(entity: Hash64, counterparty: Hash64, time: number, score: number, index: number): Alarm | undefined {
    if (time > this.#now) this.#now = time;
    const now = Math.floor(this.#now / hour);
    this.#peaks.advance(now);
    const row = this.#enter(entity, now);
    const { data } = this.#entities;
    const at = row * floats;
    if (score > data[at + field.peak]!) data[at + field.peak] = score;
    this.#entities.seen[row] = this.#now;
    this.alarming = false;
    if (this.#peaks.samples < warmUp) return undefined;

    const residual = score - this.#relief(at);
    if (!this.#peaks.remarkable(residual)) return undefined;
    const surprise = this.#peaks.surprise(residual);
    const alarm = this.#alarmSurprise();
    const cumulative = this.#accumulate(at, surprise);
    const excess = Math.max(surprise, cumulative) / alarm;
    if (excess > 0.5) this.#trail.add(row, index);
    if (excess < 1) return undefined;
    this.alarming = true;
    if (excess < this.#budget.price(this.#now) || this.#quiet(row, counterparty, now)) return undefined;
    this.#budget.take(this.#now, excess);
    const test = surprise >= cumulative ? "peak" : "cumulative";
    data[at + field.evidence] = 0;
    return { risk: 1 - 2 ** -excess, test, events: this.#trail.take(row) };
  }

  /** Surprise (nats) at which either test alarms. */
  #alarmSurprise(): number {
    return Math.log((2 * this.#peaks.weeklyRate) / this.#options.alertsPerWeek);
  }

  /** The entity's row, with its last hour closed when a new one has begun. */
  #enter(entity: Hash64, now: number): number {
    const table = this.#entities;
    let row = table.find(entity.high, entity.low);
    if (row < 0) {
      row = table.add(entity.high, entity.low, this.#now);
      this.#trail.forget(row);
      table.data[row * floats + field.hour] = now;
      return row;
    }
    const at = row * floats;
    const idle = now - table.data[at + field.hour]!;
    if (idle > 0) this.#closeHour(at, now, idle);
    return row;
  }

  #closeHour(at: number, now: number, idle: number): void {
    const { data } = this.#entities;
    const peak = data[at + field.peak]!;
    const residual = peak - this.#relief(at);
    if (this.#peaks.samples >= warmUp) {
      const surprise = this.#peaks.remarkable(residual) ? this.#peaks.surprise(residual) : ordinarySurprise;
      const evidence = Math.max(0, this.#accumulate(at, surprise));
      data[at + field.evidence] = evidence * Math.exp(-idle / hoursPerWeek);
    }
    const hours = Math.min(memoryHours, data[at + field.hours]! + 1);
    const bounded = Math.min(peak, this.#level(at) + levelStep);
    data[at + field.level]! += (bounded - data[at + field.level]!) / hours;
    data[at + field.hours] = hours;
    this.#peaks.learn(residual, peak);
    data[at + field.peak] = 0;
    data[at + field.hour] = now;
  }

  /** ln M with one more hour of this surprise. */
  #accumulate(at: number, surprise: number): number {
    return this.#entities.data[at + field.evidence]! + logEvidence(surprise);
  }

  /** How much odder than everyone the entity usually is, nats. */
  #relief(at: number): number {
    return Math.max(0, this.#level(at) - this.#peaks.mean);
  }

  #level(at: number): number {
    const { data } = this.#entities;
    const hours = data[at + field.hours]!;
    return (data[at + field.level]! * hours + this.#peaks.mean * priorHours) / (hours + priorHours);
  }

  /** Is this incident already known? Either way it now is. */
  #quiet(row: number, counterparty: Hash64, now: number): boolean {
    const { data } = this.#entities;
    const own = row * floats + field.quietUntil;
    const others = this.#counterparties;
    let other = others.find(counterparty.high, counterparty.low);
    if (other < 0) other = others.add(counterparty.high, counterparty.low, this.#now);
    const quiet = now < data[own]! || now < others.data[other]!;
    data[own] = now + entityQuietHours;
    others.data[other] = now + counterpartyQuietHours;
    others.seen[other] = this.#now;
    return quiet;
  }

  get bytes(): number {
    return this.#entities.bytes + this.#counterparties.bytes;
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#now]);
    for (const part of [this.#entities, this.#counterparties, this.#peaks, this.#trail, this.#budget]) part.save(out);
  }

  load(input: SnapshotReader): void {
    this.#now = input.numbers(1)[0]!;
    for (const part of [this.#entities, this.#counterparties, this.#peaks, this.#trail, this.#budget]) part.load(input);
  }
}

/** ln e(p) for the p-to-e calibrator ½·p^(−½) (Vovk & Wang 2021). */
function logEvidence(surprise: number): number {
  return surprise / 2 - Math.LN2;
}
