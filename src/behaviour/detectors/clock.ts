/**
 * Time of the trail: an entry that claims to be far older than what its source has told already (T1070.006, timestomping).
 *
 * Sources deliver late as a whole (an outage) and then in order, so that nothing runs backwards within one; how much each
 * source does run backwards is learnt: ln(1 + lateness / minute) is exponential (a Lomax tail of lateness), its mean is
 * the source's own, of its ordinary entries.
 */
import type { AccessEvent } from "../../core/index.ts";
import { type Hash64, hashText } from "../stats/hash.ts";
import { Rows } from "../stats/rows.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Detector, Evidence } from "./detector.ts";
import type { Observation } from "./observation.ts";

const unit = 60;
/** Mean of ln(1 + lateness / unit) before anything is known, and the entries it counts for. */
const prior = { mean: 0.1, entries: 200 } as const;
const memory = 20_000;
/** Seconds below which nothing is said: operations end in another order than they began. */
const ordinary = 900;
/** Closing a long session is told at its end with the time of its beginning; what is sent again has its first time. */
const untimely = new Set<AccessEvent["activity"]>(["release", "logout", "duplicate"]);
const mostNats = 25;
const sources = 256;
/** Row of a source: worth, mean, entries. The newest time is the row's `seen`. */
const floats = 3;

export class TrailClock implements Detector {
  readonly name = "clock";
  readonly #sources = new Rows(sources, floats, 365 * 86_400);
  readonly #key: Hash64 = { high: 0, low: 0 };
  #late = 0;
  #row = -1;

  assess(seen: Observation, report: (evidence: Evidence) => void): void {
    const { event } = seen;
    const began = Date.parse(event.time) / 1000;
    this.#row = -1;
    if (!Number.isFinite(began) || untimely.has(event.activity)) return;
    hashText(event.metadata?.product ?? `own/${event.protocol}`, 0, this.#key);
    const known = this.#sources.known(this.#key) >= 0;
    const at = this.#sources.of(this.#key, seen.time);
    this.#row = at;
    const row = at / floats;
    const newest = known ? this.#sources.seen[row]! : began;
    const ended = Math.min(began + (event.duration ?? 0) / 1000, Math.max(seen.time, newest)); // the future sets no clock
    this.#late = Math.max(0, newest - ended);
    this.#sources.seen[row] = Math.max(newest, ended);
    if (this.#late < ordinary) return;
    const { data } = this.#sources;
    const entries = data[at + 2]!;
    const mean = (data[at + 1]! * entries + prior.mean * prior.entries) / (entries + prior.entries);
    const nats = Math.min(mostNats, Math.log1p(this.#late / unit) / Math.max(mean, prior.mean));
    const hours = Math.round(this.#late / 360) / 10;
    report({
      entity: "principal",
      nats,
      reason: () => ({
        detector: "clock",
        text: `an entry about ${seen.actor} claims to be ${hours} hours older than what the same log told before it`,
        observed: this.#late,
        expected: Math.expm1(mean) * unit,
        technique: "T1070.006",
      }),
    });
  }

  learn(_seen: Observation, weight: number): void {
    if (this.#row < 0) return;
    const { data } = this.#sources;
    const entries = Math.min(memory, data[this.#row + 2]! + weight);
    data[this.#row] = entries;
    if (entries <= 0) return;
    data[this.#row + 1]! += (Math.log1p(this.#late / unit) - data[this.#row + 1]!) * (weight / entries);
    data[this.#row + 2] = entries;
  }

  get bytes(): number {
    return this.#sources.bytes;
  }

  save(out: SnapshotWriter): void {
    this.#sources.save(out);
  }

  load(input: SnapshotReader): void {
    this.#sources.load(input);
  }
}
