/**
 * Volume: how many objects a principal reads, creates, changes or destroys in a minute, an hour and a day, against its
 * own habit, its peers' and what is usual at this time of the week; and the same for everybody else in the tenant together.
 *
 * Changes come in batches: a series that is sent again is one piece of work whatever its size. Of n objects of one study in
 * a row, 1 + ln n count, so that what grows is the number of studies.
 *
 * Seasonality: per principal and act the ordinary level of each three hours of the week, learnt by bounded steps, excuses
 * what recurs (the nightly copy). The neighbouring slots count too, so that a change of clocks does not alarm.
 */

import { Habits } from "../stats/habits.ts";
import { combine, type Hash64, hashText } from "../stats/hash.ts";
import { KeyTable } from "../stats/key-table.ts";
import { mark } from "../stats/rows.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Detector, DetectorLimits, Evidence } from "./detector.ts";
import type { Act, Observation } from "./observation.ts";

const scales = [60, 3_600, 86_400] as const;
const slots = 56;
const slotSeconds = 3 * 3_600;
const worth = 0;
const slotAt = 1;
const peakAt = 2;
/** Of what is changed: a mark of the study, and how many objects of it in a row. */
const studyAt = 3;
const runAt = 4;
const seasonAt = 5;
const habitAt = seasonAt + slots;
const patience = 30 * 86_400;
const week = 7 * 86_400;
/** Share by which a slot of the week moves towards a higher or lower level seen in it, and how far up at once. */
const rise = 0.4;
const sink = 0.15;
const mostRise = 4;

const acts: readonly Act[] = ["read", "search", "create", "change", "destroy", "login", "administer", "other"];
const techniques: Partial<Record<Act, string>> = {
  read: "T1530",
  search: "T1083",
  create: "T1565",
  change: "T1486",
  destroy: "T1485",
  login: "T1110",
  administer: "T1098",
};
const words: Record<Act, string> = {
  read: "reads",
  search: "searches",
  create: "stores",
  change: "changes",
  destroy: "deletes",
  login: "logs in",
  administer: "administers",
  other: "does",
};

export class Volume implements Detector {
  readonly name = "volume";
  readonly #habits = new Habits(scales, habitAt, 1);
  readonly #rows: KeyTable;
  readonly #act: Hash64[];
  readonly #key: Hash64 = { high: 0, low: 0 };
  readonly #amounts = new Float64Array(scales.length);
  readonly #stride: number;
  #own = -1;
  #all = -1;

  constructor({ entities }: DetectorLimits) {
    this.#stride = habitAt + this.#habits.floats;
    this.#rows = new KeyTable({ capacity: entities, stride: this.#stride, worth, patience });
    this.#act = acts.map((act) => {
      const hash = { high: 0, low: 0 };
      hashText(act, 0, hash);
      return hash;
    });
  }

  assess(seen: Observation, report: (evidence: Evidence) => void): void {
    this.#own = -1;
    this.#all = -1;
    if (seen.act === "other") return;
    const act = acts.indexOf(seen.act);
    this.#own = this.#rowOf(seen, seen.principal, act);
    this.#amounts.fill(seen.act === "change" ? this.#batched(seen, this.#own * this.#stride) : seen.objects);
    this.#judge(seen, this.#own, seen.group * acts.length + act, report, -1);
    this.#all = this.#rowOf(seen, seen.tenant, act);
    this.#judge(seen, this.#all, acts.length * 7 + act, report, this.#own * this.#stride);
  }

  #rowOf(seen: Observation, who: Hash64, act: number): number {
    const rows = this.#rows;
    combine(who, this.#act[act]!, this.#key);
    let row = rows.find(this.#key.high, this.#key.low);
    if (row < 0) row = rows.add(this.#key.high, this.#key.low, seen.time);
    return row;
  }

  /** What the event adds to the batch under way. */
  #batched({ studies, objects }: Observation, base: number): number {
    const { data } = this.#rows;
    const [study] = studies;
    if (!study) return objects;
    const isSame = data[base + studyAt] === mark(study.low);
    const run = isSame ? data[base + runAt]! : 0;
    data[base + studyAt] = mark(study.low);
    data[base + runAt] = run + objects;
    return Math.log((run + objects + 0.5) / (run + 0.5));
  }

  /** @param aside base of the row whose counts are not everybody else's; -1 for none */
  #judge(seen: Observation, row: number, pool: number, report: (evidence: Evidence) => void, aside: number): void {
    const rows = this.#rows;
    const base = row * this.#stride;
    const gap = seen.time - rows.seen[row]!;
    this.#turn(base, seen.time);
    if (gap > 0) this.#habits.advance(rows.data, base, gap, pool);
    const season = this.#season(base, seen.time);
    const nats = this.#habits.observe(rows.data, base, this.#amounts, pool, season, aside);
    rows.seen[row] = seen.time;
    if (nats < 1) return;
    const { observed, expected, peer, scale } = this.#habits;
    const entity = aside < 0 ? "principal" : "tenant";
    const subject = aside < 0 ? seen.actor : "Everybody else";
    report({
      entity,
      nats,
      level: true,
      reason: () => ({
        detector: "volume",
        text: `${subject} ${words[seen.act]} ${round(observed)} objects within ${span(scale)}; its habit is ${round(expected)}, its peers' ${round(peer)}`,
        observed,
        expected,
        peer,
        technique: techniques[seen.act] ?? "T1078",
      }),
    });
  }

  learn(_: Observation, weight: number): void {
    for (const row of [this.#own, this.#all]) {
      if (row < 0) continue;
      const base = row * this.#stride;
      this.#rows.data[base + worth]! += weight;
      this.#habits.trust(this.#rows.data, base, weight);
      const peak = this.#habits.count(this.#rows.data, base, 1);
      if (peak > this.#rows.data[base + peakAt]!) this.#rows.data[base + peakAt] = peak;
    }
  }

  #season(base: number, time: number): number {
    const { data } = this.#rows;
    const slot = slotOf(time);
    const before = data[base + seasonAt + ((slot + slots - 1) % slots)]!;
    const after = data[base + seasonAt + ((slot + 1) % slots)]!;
    return Math.max(data[base + seasonAt + slot]!, before, after);
  }

  /** A slot of the week is over: its highest hour teaches what is ordinary in it, by a bounded step. */
  #turn(base: number, time: number): void {
    const { data } = this.#rows;
    const slot = slotOf(time);
    const last = data[base + slotAt]!;
    if (last === slot + 1) return;
    if (last > 0) {
      const at = base + seasonAt + last - 1;
      const level = data[at]!;
      const learnt = Math.min(data[base + peakAt]!, Math.max(1, level) * mostRise);
      data[at] = level + (learnt - level) * (learnt > level ? rise * this.#habits.trusted(data, base) : sink);
    }
    data[base + slotAt] = slot + 1;
    data[base + peakAt] = 0;
  }

  get bytes(): number {
    return this.#rows.bytes;
  }

  save(out: SnapshotWriter): void {
    this.#rows.save(out);
    this.#habits.save(out);
  }

  load(input: SnapshotReader): void {
    this.#rows.load(input);
    this.#habits.load(input);
  }
}

function slotOf(time: number): number {
  const within = ((time % week) + week) % week;
  return Math.floor(within / slotSeconds) % slots;
}

export function span(seconds: number): string {
  if (seconds <= 60) return "a minute";
  return seconds <= 3_600 ? "an hour" : seconds <= 86_400 ? "a day" : `${Math.round(seconds / 86_400)} days`;
}

export function round(value: number): string {
  return value >= 10 ? String(Math.round(value)) : value.toFixed(1);
}
