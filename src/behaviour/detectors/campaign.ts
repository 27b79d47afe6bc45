/**
 * Campaign: the same small deviation by many accounts in a day, none of whom stands out.
 *
 * A kind of act is what is done × how or to what class of object × from which network, and apart whether it touches
 * what nobody has asked for in two weeks. Each account that does it counts once a day, by 1 − p, p the share of its own
 * days on which it does: regulars hardly count, whoever never did counts whole. The sum is what a Poisson binomial test holds against its mean; since accounts are not independent (a busy Monday is everybody's),
 * the mean, its scatter and its tail are not assumed but learnt from the kind's own days and from those of all kinds: an
 * e-detector over days (stats/daily.ts). Higher criticism (Donoho & Jin 2004) asks the same of many p-values; with
 * a day of an account being done or not, the count is all there is to it.
 */
import { Daily } from "../stats/daily.ts";
import { gapOf } from "../stats/gap.ts";
import { combine, type Hash64, hashText } from "../stats/hash.ts";
import { KeyTable } from "../stats/key-table.ts";
import { Rows } from "../stats/rows.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import { techniqueOf, touchedBy } from "./breadth.ts";
import { CampaignActors } from "./campaign-actors.ts";
import type { Detector, DetectorLimits, Evidence } from "./detector.ts";
import type { Observation } from "./observation.ts";
import { round } from "./volume.ts";

const day = 86_400;
const month = 30 * day;
const dormantAfter = 14 * day;
const ripening = 14 * day;
const mostKinds = 1_024;
/** Row of an account, or of an account's kind: worth, day of the last, days so far (decayed). */
const days = { last: 1, count: 2, floats: 3 } as const;
const memoryDays = 30;
/** Days before which an account is too new to be told what it hardly ever does. */
const fewestDays = 4;
/** A day's sum below this is nobody's campaign; accounts that hardly ever do it which there must be. */
const least = 3;
const fewest = 4;
/** Of an account's weight from which it takes part. */
const unusual = 0.5;
/** Nats that a day may give. */
const mostADay = 8;
/** Of the negative binomial: the number of accounts varies little more than by chance. */
const shape = 20;
/** Nats of a kind's day from which it teaches an account's habit no more than this. */
const odd = 2;
const oddLesson = 0.2;
const fewestTests = 50;

export class Campaign implements Detector {
  readonly name = "campaign";
  readonly #daily = new Daily({ offset: 1, least: [least], mostADay, shape });
  readonly #kinds: Rows;
  readonly #accounts: Rows;
  readonly #habits: Rows;
  readonly #objects: KeyTable;
  readonly #actors = new CampaignActors();
  readonly #kind: Hash64 = { high: 0, low: 0 };
  readonly #key: Hash64 = { high: 0, low: 0 };
  #first = -1;
  /** Rows of kinds that the event is of. */
  readonly #of: number[] = [];

  constructor({ entities, objects }: DetectorLimits) {
    this.#kinds = new Rows(mostKinds, 1 + this.#daily.floats, 2 * month);
    this.#accounts = new Rows(entities, days.floats, month);
    this.#habits = new Rows(entities * 4, days.floats, month);
    this.#objects = new KeyTable({ capacity: objects, stride: 1, worth: 0, patience: 2 * month });
  }

  assess(seen: Observation, report: (evidence: Evidence) => void): void {
    if (this.#first < 0) this.#first = seen.time;
    this.#of.length = 0;
    const isDormant = this.#touchesDormant(seen);
    if (seen.act === "other" || seen.act === "create") return;
    const today = Math.floor(seen.time / day) + 1;
    const known = this.#turn(this.#accounts, seen.principal, seen.time, today);
    for (const [text, words] of kindsOf(seen, isDormant)) this.#count(seen, text, words, known, today, report);
  }

  #count(
    seen: Observation,
    text: string,
    words: string,
    known: number,
    today: number,
    report: (evidence: Evidence) => void,
  ): void {
    hashText(text, 19, this.#kind);
    const row = this.#kinds.of(this.#kind, seen.time);
    this.#kinds.touch(row, seen.time);
    this.#of.push(row);
    const { data } = this.#kinds;
    this.#daily.turn(data, row, seen.time, 0);
    const actors = this.#actors.of(this.#kind, today, this.#daily.gathered(data, row, 0) === 0);
    const weight = this.#weight(seen, known, today, this.#daily.surprise(data, row, 0, 0) > odd ? oddLesson : 1);
    if (weight > 0) this.#daily.add(data, row, 0, weight * seen.unplanned);
    if (weight >= unusual) this.#actors.add(actors, seen.actor);
    if (actors.today.length < fewest || seen.time - this.#first < ripening) return;
    const nats = this.#daily.evidence(data, row, 0, 0) - Math.log(Math.max(fewestTests, this.#daily.daysAWeek));
    if (nats < 1) return;
    report({
      entity: "tenant",
      key: { ...this.#kind },
      nats,
      lasting: { actors: () => [...new Set([...actors.today, ...actors.before])] },
      reason: () => {
        const [run, observed, expected] = this.#daily.run(data, row, 0, 0);
        return {
          detector: "campaign",
          text: `${actors.today.length} accounts ${words} today, which they hardly ever do; within ${run} days ${round(observed)} such, where ${round(expected)} were to be expected`,
          observed,
          expected,
          technique: techniqueOf(seen),
        };
      },
    });
  }

  /** Of the account for this kind today: 1 − its share of days with it, once; 0 from then on. */
  #weight(seen: Observation, known: number, today: number, lesson: number): number {
    combine(seen.principal, this.#kind, this.#key);
    const at = this.#habits.of(this.#key, seen.time);
    const { data } = this.#habits;
    if (data[at + days.last] === today) return 0;
    const done = data[at + days.count]!;
    this.#turn(this.#habits, this.#key, seen.time, today, lesson);
    return known < fewestDays ? 0 : Math.max(0, 1 - done / known);
  }

  /** One more day of the row's, if it is one, as far as it teaches. @returns its days before, decayed */
  #turn(rows: Rows, key: Hash64, time: number, today: number, lesson = 1): number {
    const at = rows.of(key, time);
    const { data } = rows;
    const gap = today - data[at + days.last]!;
    rows.touch(at, time);
    if (gap <= 0) return data[at + days.count]! - 1;
    const fade = data[at + days.last] === 0 ? 0 : Math.exp(-gap / memoryDays);
    const before = data[at + days.count]! * fade;
    data[at] = before + 1;
    data[at + days.count] = before + lesson;
    data[at + days.last] = today;
    return before;
  }

  #touchesDormant(seen: Observation): boolean {
    let isDormant = false;
    for (const object of seen.act === "create" ? seen.patients : touchedBy(seen))
      if (gapOf(this.#objects, object, seen.time) > dormantAfter) isDormant = true;
    return isDormant && seen.time - this.#first > ripening;
  }

  learn(_: Observation, weight: number): void {
    for (const row of this.#of) {
      this.#kinds.data[row]! += weight;
      this.#daily.trust(this.#kinds.data, row, weight);
    }
  }

  get bytes(): number {
    const rows = [this.#kinds, this.#accounts, this.#habits, this.#objects, this.#daily, this.#actors];
    return rows.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#first]);
    for (const part of this.#parts()) part.save(out);
  }

  load(input: SnapshotReader): void {
    this.#first = input.numbers(1)[0]!;
    for (const part of this.#parts()) part.load(input);
  }

  #parts(): { save(out: SnapshotWriter): void; load(input: SnapshotReader): void }[] {
    return [this.#kinds, this.#accounts, this.#habits, this.#objects, this.#daily, this.#actors];
  }
}

const verbs: Partial<Record<Observation["act"], string>> = {
  read: "read",
  search: "searched",
  change: "changed",
  destroy: "deleted",
  login: "logged in",
  administer: "administered",
};

/** Names of the event's kinds, and how a reason puts them. */
function kindsOf({ act, event }: Observation, isDormant: boolean): [kind: string, words: string][] {
  const verb = verbs[act] ?? act;
  const network = networkOf(event.src_endpoint.ip ?? event.src_endpoint.hostname ?? "");
  const object = event.resources?.[0]?.sop_class_uid ?? event.resources?.[0]?.level ?? "";
  const plain: [string, string][] = [
    [`${act}|${event.protocol}|${network}`, `${verb} over ${event.protocol} from one network`],
    [`${act}|${event.protocol}|${event.operation}|${object}`, `${verb} one class of objects over ${event.protocol}`],
  ];
  if (!isDormant) return plain;
  return [
    ...plain,
    [`dormant|${act}|${event.protocol}`, `${verb} over ${event.protocol} what nobody had asked for in two weeks`],
  ];
}

/** The first half of an IPv4 address, three groups of an IPv6 one, else the whole name. */
function networkOf(address: string): string {
  const parts = address.split(".");
  if (parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part))) return parts.slice(0, 2).join(".");
  return address.includes(":") ? address.split(":").slice(0, 3).join(":") : address;
}
