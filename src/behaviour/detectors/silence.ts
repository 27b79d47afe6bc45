/**
 * Silence of the trail: a source of entries that always speaks at this hour of the week and stops (T1562.001, T1070).
 *
 * Judged when it speaks again, by the times of its own entries: a log that was only delivered late has no gap in them. A
 * source that does not come back is judged by the entries of others after a day. Each hour of the gap counts
 * −ln P(nothing) = r·ln(1 + λ/r), λ what the source says in that hour of the week (a negative binomial count of a shape r
 * learnt from its hours, since people work in bursts), as far as others spoke then as usual: on a holiday all are silent.
 * Hours in which others said less than half have one cause and count together as one, ln(1 + Σλ). Where nobody else is
 * known, only a gap that begins in mid-flow counts. What the source's days have of such gaps anyway is taken off twice.
 */
import { type Hash64, hashText } from "../stats/hash.ts";
import { HoursOfWeek } from "../stats/hours-of-week.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Detector, Evidence } from "./detector.ts";
import type { Observation } from "./observation.ts";

const hour = 3_600;
const mostSources = 32;
/** Hours after which a gap is not looked into any further. */
const mostHours = 72;
/** Entries an hour from which a source can be missed. */
const leastFlow = 5;
const leastTold = 4;
/** Nats from which ordinary work has no such gap at all. */
const certain = 7;
/** Seconds after which a source that has not come back is missed, and the nats that takes. */
const lost = { after: 24 * hour, nats: 25 } as const;
const memoryDays = 30;
/** Nats that an hour may give: one job that is put off is no silence, however much it says. */
const mostAnHour = 5;
/** Share of what others usually say below which an hour is none like others. */
const half = 0.5;

interface Source {
  key: Hash64;
  hours: HoursOfWeek;
  /** Seconds since 1970: its newest entry; that it was missed since. */
  newest: number;
  missed: boolean;
  /** Mean of each day's worst gap, nats; days; the day under way and its worst. */
  usual: number;
  days: number;
  day: number;
  worst: number;
}

export class Silence implements Detector {
  readonly name = "silence";
  readonly #sources: Source[] = [];
  readonly #key: Hash64 = { high: 0, low: 0 };
  #hour = 0;

  assess(seen: Observation, report: (evidence: Evidence) => void): void {
    const { event } = seen;
    const began = Math.min(Date.parse(event.time) / 1_000, seen.time);
    if (!Number.isFinite(began) || began < 0) return;
    const source = this.#sourceOf(event.metadata?.product ?? "own", began);
    if (source) this.#speaks(source, began, seen, report);
    const now = Math.floor(seen.time / hour);
    if (now === this.#hour) return;
    this.#hour = now;
    for (const other of this.#sources) if (other !== source) this.#miss(other, seen, report);
  }

  #sourceOf(name: string, began: number): Source | undefined {
    hashText(name, 17, this.#key);
    const { high, low } = this.#key;
    let found = this.#sources.find(({ key }) => key.high === high && key.low === low);
    if (!found && this.#sources.length < mostSources) {
      const days = { usual: 0, days: 0, day: 0, worst: 0 };
      found = { key: { high, low }, hours: new HoursOfWeek(), newest: began, missed: false, ...days };
      this.#sources.push(found);
    }
    return found;
  }

  #speaks(source: Source, began: number, seen: Observation, report: (evidence: Evidence) => void): void {
    const gap = began - source.newest;
    const raw = gap > hour / 4 ? this.#nats(source, source.newest, began) : 0;
    const nats = raw - 2 * this.#usual(source);
    if (nats >= leastTold && !source.missed) this.#tell(source, nats, gap, seen, report);
    this.#learn(source, Math.floor(began / (24 * hour)), raw);
    source.hours.add(Math.floor(began / hour), nats < leastTold);
    if (began <= source.newest) return;
    source.newest = began;
    source.missed = false;
  }

  #miss(source: Source, seen: Observation, report: (evidence: Evidence) => void): void {
    const gap = seen.time - source.newest;
    if (source.missed || gap < lost.after) return;
    const nats = this.#nats(source, source.newest, seen.time) - 2 * this.#usual(source);
    if (nats < lost.nats) return;
    source.missed = true;
    this.#tell(source, nats, gap, seen, report);
  }

  #tell(source: Source, nats: number, gap: number, seen: Observation, report: (evidence: Evidence) => void): void {
    const name =
      source.key === this.#sourceOf(seen.event.metadata?.product ?? "own", 0)?.key
        ? seen.event.metadata?.product
        : undefined;
    const hours = Math.round(gap / 360) / 10;
    report({
      entity: "tenant",
      key: source.key,
      nats,
      level: true,
      ...(nats >= certain ? { invariant: true as const } : {}),
      reason: () => ({
        detector: "silence",
        text: `a source of the audit trail${name ? ` (${name})` : ""} has said nothing for ${hours} hours in which it always speaks, while others went on`,
        observed: hours,
        technique: "T1562.001",
      }),
    });
  }

  #nats(source: Source, from: number, to: number): number {
    const isFlowing = inFlow(source.hours, Math.floor(from / hour));
    const { shape } = source.hours;
    let [sum, idle] = [0, 0];
    for (let at = Math.floor(from / hour); at * hour < to && at * hour < from + mostHours * hour; at++) {
      const share = (Math.min(to, (at + 1) * hour) - Math.max(from, at * hour)) / hour;
      const expected = source.hours.expected(at);
      if (expected < leastFlow) continue;
      const activity = this.#activity(source, at, isFlowing);
      if (activity < half) idle += share * expected * activity;
      else sum += share * Math.min(mostAnHour, shape * Math.log1p((expected * activity) / shape));
    }
    return sum + Math.log1p(idle);
  }

  /** Share in 0 to 1 of what others usually say in that hour: the least of them. */
  #activity(source: Source, at: number, isFlowing: boolean): number {
    let least = Number.POSITIVE_INFINITY;
    for (const other of this.#sources) {
      const [expected, said] = [other.hours.expected(at), other.hours.said(at)];
      if (other !== source && expected >= leastFlow && said !== undefined) least = Math.min(least, said / expected);
    }
    return least === Number.POSITIVE_INFINITY ? Number(isFlowing) : Math.min(1, least);
  }

  #usual({ usual, days }: Source): number {
    return (usual * days + 1) / (days + 1);
  }

  #learn(source: Source, day: number, nats: number): void {
    if (day > source.day) {
      if (source.day > 0) {
        source.days = Math.min(memoryDays, source.days + 1);
        source.usual += (Math.min(source.worst, source.usual + 2) - source.usual) / source.days;
      }
      source.day = day;
      source.worst = 0;
    }
    source.worst = Math.max(source.worst, nats);
  }

  /** It has learnt when it assessed: what it learns from are silences, which are of no event. */
  learn(): void {}

  get bytes(): number {
    return this.#sources.reduce((sum, { hours }) => sum + hours.bytes + 256, 0);
  }

  save(out: SnapshotWriter): void {
    out.numbers([this.#hour, this.#sources.length]);
    for (const { key, newest, missed, usual, days, day, worst, hours } of this.#sources) {
      out.numbers([key.high, key.low, newest, Number(missed), usual, days, day, worst]);
      hours.save(out);
    }
  }

  load(input: SnapshotReader): void {
    const [now, size] = input.numbers(2);
    this.#hour = now;
    this.#sources.length = 0;
    for (let i = 0; i < size; i++) {
      const [high, low, newest, missed, usual, days, day, worst] = input.numbers(8);
      const hours = new HoursOfWeek();
      hours.load(input);
      this.#sources.push({ key: { high, low }, hours, newest, missed: missed === 1, usual, days, day, worst });
    }
  }
}

/** Whether the gap begins in an hour that is never silent, when it has spoken as usual in that or the one before. */
function inFlow(hours: HoursOfWeek, at: number): boolean {
  if (hours.expected(at) < leastFlow) return false;
  return [at - 1, at].some((one) => (hours.said(one) ?? 0) >= Math.max(leastFlow, hours.expected(one)) / 2);
}
