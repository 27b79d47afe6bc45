/**
 * Slow and low: a principal that day after day does a little more than its thirty days, and those of its peers, account
 * for. Different patients or studies looked at, those among them that nobody has touched for two weeks, those in which
 * something was changed or deleted, bytes read; each in an e-detector over active days (stats/daily.ts), which no single
 * day can make alarm. The weighted mean of their e-values is one again.
 */
import { Daily } from "../stats/daily.ts";
import { gapOf } from "../stats/gap.ts";
import { combine, type Hash64 } from "../stats/hash.ts";
import { KeyTable } from "../stats/key-table.ts";
import { Rows } from "../stats/rows.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import { techniqueOf, touchedBy } from "./breadth.ts";
import type { Detector, DetectorLimits, Evidence, Reason } from "./detector.ts";
import type { Observation } from "./observation.ts";
import { round } from "./volume.ts";

const day = 86_400;
const month = 30 * day;
const dormantAfter = 14 * day;
const mebibyte = 2 ** 20;
/** Seconds of watching before which nothing is dormant, and nothing is said. */
const ripening = 10 * day;

const quantities = ["touched", "dormant", "changed", "destroyed", "amount"] as const;
type Quantity = (typeof quantities)[number];
const words: Record<Quantity, string> = {
  touched: "different patients or studies looked at",
  dormant: "patients or studies touched that nobody had asked for in two weeks",
  changed: "patients or studies changed",
  destroyed: "patients or studies deleted",
  amount: "MiB read",
};
/**
 * What each counts in the mean of e-values, 1 in all: what nobody asked for is what a thief takes, while bytes vary most
 * for no reason.
 */
const weights = [0.25, 0.4, 0.15, 0.15, 0.05];
/** Of a day: fewer are never odd. */
const least = [3, 0.5, 2, 0.5, 200];
const late = quantities.indexOf("dormant");
/** Nats that a day may give: no two make an alarm. */
const mostADay = 4;
/** An account's rate is known to a factor. */
const shape = 1;
/** Active days a week of a tenant that is hardly known. */
const fewestDays = 20;

export class Slow implements Detector {
  readonly name = "slow";
  readonly #daily = new Daily({ offset: 1, least: least.toSpliced(late, 1), mostADay, shape });
  /** What is dormant is known later than the rest, and what it is in ordinary days later still. */
  readonly #late = new Daily({ offset: 1 + this.#daily.floats, least: [least[late]!], mostADay, shape });
  readonly #rows: Rows;
  readonly #pairs: KeyTable;
  readonly #objects: KeyTable;
  readonly #pair: Hash64 = { high: 0, low: 0 };
  #first = -1;
  #row = -1;

  constructor({ entities, objects }: DetectorLimits) {
    this.#rows = new Rows(entities, 1 + this.#daily.floats + this.#late.floats, 2 * month);
    this.#pairs = new KeyTable({ capacity: objects, stride: 1, worth: 0, patience: 2 * day });
    this.#objects = new KeyTable({ capacity: objects, stride: 1, worth: 0, patience: 2 * month });
  }

  assess(seen: Observation, report: (evidence: Evidence) => void): void {
    if (this.#first < 0) this.#first = seen.time;
    this.#row = this.#rows.of(seen.principal, seen.time);
    this.#rows.touch(this.#row, seen.time);
    const { data } = this.#rows;
    this.#daily.turn(data, this.#row, seen.time, seen.group);
    const isKnown = seen.time - this.#first >= ripening;
    if (isKnown) this.#late.turn(data, this.#row, seen.time, seen.group);
    this.#count(seen, isKnown);
    if (!isKnown) return;
    let [sum, most, strongest] = [0, 0, 0];
    for (let quantity = 0; quantity < quantities.length; quantity++) {
      const [daily, index] = this.#of(quantity);
      const evidence = daily.evidence(data, this.#row, index, seen.group);
      const weighted = weights[quantity]! * Math.exp(evidence);
      sum += weighted;
      if (weighted > most) [most, strongest] = [weighted, quantity];
    }
    const nats = Math.log(sum / Math.max(fewestDays, this.#daily.daysAWeek));
    if (nats < 1) return;
    report({ entity: "principal", nats, lasting: {}, reason: () => this.#reason(seen, strongest) });
  }

  /** @returns where a quantity is kept */
  #of(quantity: number): [daily: Daily, index: number] {
    if (quantity === late) return [this.#late, 0];
    return [this.#daily, quantity > late ? quantity - 1 : quantity];
  }

  #count(seen: Observation, isKnown: boolean): void {
    const { act, unplanned, time } = seen;
    let [touched, dormant, harmed] = [0, 0, 0];
    const today = time - (((time % day) + day) % day);
    for (const object of act === "create" ? seen.patients : touchedBy(seen)) {
      combine(seen.principal, object, this.#pair);
      if (act !== "create" && time - gapOf(this.#pairs, this.#pair, time) < today) touched++;
      if (act === "change" || act === "destroy") {
        combine(this.#pair, seen.principal, this.#pair);
        if (time - gapOf(this.#pairs, this.#pair, time) < today) harmed++;
      }
      if (gapOf(this.#objects, object, time) > dormantAfter && isKnown && act !== "create") dormant++;
    }
    this.#add("touched", touched * unplanned);
    this.#add("dormant", dormant * (seen.vendor && act !== "change" && act !== "destroy" ? 1 : unplanned));
    if (act === "change") this.#add("changed", harmed * unplanned);
    if (act === "destroy") this.#add("destroyed", harmed * unplanned);
    if (act === "read") this.#add("amount", (seen.bytes / mebibyte) * unplanned);
  }

  #add(quantity: Quantity, amount: number): void {
    const [daily, index] = this.#of(quantities.indexOf(quantity));
    if (amount > 0) daily.add(this.#rows.data, this.#row, index, amount);
  }

  #reason(seen: Observation, strongest: number): Reason {
    const [daily, index] = this.#of(strongest);
    const [days, count, usual] = daily.run(this.#rows.data, this.#row, index, seen.group);
    const quantity = quantities[strongest]!;
    const technique = { touched: techniqueOf(seen), dormant: techniqueOf(seen), changed: "T1486", destroyed: "T1485" };
    return {
      detector: "slow",
      text: `${seen.actor} does more than its thirty days account for, ${days} active days on end: ${round(count)} ${words[quantity]}, where ${round(usual)} were to be expected`,
      observed: count,
      expected: usual,
      technique: quantity === "amount" ? "T1530" : technique[quantity],
    };
  }

  learn(_: Observation, weight: number): void {
    if (this.#row < 0) return;
    this.#rows.data[this.#row]! += weight;
    for (const daily of [this.#daily, this.#late]) daily.trust(this.#rows.data, this.#row, weight);
  }

  get bytes(): number {
    return this.#rows.bytes + this.#pairs.bytes + this.#objects.bytes + this.#daily.bytes + this.#late.bytes;
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#first]);
    for (const part of [this.#rows, this.#pairs, this.#objects, this.#daily, this.#late]) part.save(out);
  }

  load(input: SnapshotReader): void {
    this.#first = input.numbers(1)[0]!;
    for (const part of [this.#rows, this.#pairs, this.#objects, this.#daily, this.#late]) part.load(input);
  }
}
