/**
 * Novelty: what a principal does for the first time or hardly ever: an operation, a source address, a client, a
 * destination, a class of object under an act, an hour of the day.
 *
 * Hierarchical back-off self → peers → everybody, as in a Dirichlet (Pitman–Yor without discount) hierarchy (Teh 2006):
 *   P(v | self) = (n_self(v) + α·P(v | peers)) / (N_self + α), and so on up; a value that nobody has used has 1/(N + β).
 * n counts active hours and not events (a touch after a gap adds 1 − exp(−gap/1 h)), so repetition within an hour makes
 * nothing familiar; counts fade over 60 days. The surprises −ln P of what is new add up, each capped.
 */
import { combine, type Hash64, hashText } from "../stats/hash.ts";
import { KeyTable } from "../stats/key-table.ts";
import { presenceShare } from "../stats/presence.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Detector, DetectorLimits, Evidence } from "./detector.ts";
import type { Observation } from "./observation.ts";

const alpha = 4;
const beta = 50;
const memory = 60 * 86_400;
const patience = memory;
const mostPerFeature = 8;
/** Nats below which a value is not new. */
const least = 2;

interface Feature {
  name: string;
  /** In words, for reasons; names no patient. */
  words: string;
  technique: string;
  /** How much of its surprise counts. */
  weight: number;
  value(seen: Observation): string | undefined;
}

const features: readonly Feature[] = [
  {
    name: "operation",
    words: "this operation",
    technique: "T1078",
    weight: 1,
    value: ({ event }) => `${event.activity} ${event.operation}`,
  },
  {
    name: "source",
    words: "from this address",
    technique: "T1078",
    weight: 1,
    value: ({ event: { src_endpoint } }) => src_endpoint.ip ?? src_endpoint.hostname,
  },
  {
    name: "client",
    words: "with this client",
    technique: "T1078",
    weight: 0.5,
    value: ({ event: { actor, src_endpoint } }) => client(actor.app ?? src_endpoint.ae_title),
  },
  {
    name: "destination",
    words: "to this destination",
    technique: "T1048",
    weight: 1,
    value: ({ act, event: { dst_endpoint } }) =>
      act === "read" && dst_endpoint ? (dst_endpoint.hostname ?? dst_endpoint.ip) : undefined,
  },
  {
    name: "class",
    words: "this act on this class of object",
    technique: "T1565.001",
    weight: 1,
    value: ({ act, event: { resources } }) => {
      const first = resources?.[0];
      return first && `${act} ${first.level} ${first.sop_class_uid ?? first.modality ?? ""}`;
    },
  },
  {
    name: "hours",
    words: "at this time of the day",
    technique: "T1078",
    weight: 0.5,
    value: ({ time }) => `${Math.floor((time % 86_400) / 7_200)}${isWeekend(time) ? "w" : ""}`,
  },
  {
    name: "refusal",
    words: "with this outcome",
    technique: "T1110",
    weight: 0.7,
    value: ({ ok, event }) => (ok ? undefined : `${event.status} ${event.operation}`),
  },
];

export class Novelty implements Detector {
  readonly name = "novelty";
  /** Row: hours the value was used in, then nothing more. */
  readonly #values: KeyTable;
  readonly #totals: KeyTable;
  readonly #seeds: Hash64[];
  readonly #scope: Hash64 = { high: 0, low: 0 };
  readonly #value: Hash64 = { high: 0, low: 0 };
  readonly #key: Hash64 = { high: 0, low: 0 };
  readonly #nats = new Float64Array(features.length);
  readonly #group: Hash64 = { high: 0, low: 0 };

  constructor({ entities }: DetectorLimits) {
    this.#values = new KeyTable({ capacity: entities * 8, stride: 1, worth: 0, patience });
    this.#totals = new KeyTable({ capacity: entities * 4, stride: 1, worth: 0, patience });
    this.#seeds = features.map(({ name }) => {
      const hash = { high: 0, low: 0 };
      hashText(name, 7, hash);
      return hash;
    });
  }

  assess(seen: Observation, report: (evidence: Evidence) => void): void {
    let sum = 0;
    for (let f = 0; f < features.length; f++) {
      const { value, weight } = features[f]!;
      const nats = this.#surprise(seen, f, value(seen)) * weight;
      this.#nats[f] = nats;
      if (nats >= least * weight) sum += nats;
    }
    if (sum < 1) return;
    report({ entity: "principal", nats: sum, level: true, reason: () => this.#reason(seen) });
  }

  #reason(seen: Observation) {
    const order = [...features.keys()].sort((a, b) => this.#nats[b]! - this.#nats[a]!);
    const told = order.filter((f) => this.#nats[f]! >= least * features[f]!.weight).slice(0, 3);
    const words = told.map(
      (f) => `${features[f]!.words} (seen in about ${share(this.#nats[f]! / features[f]!.weight)} of its hours)`,
    );
    const technique = features[told[0] ?? 0]!.technique;
    return { detector: "novelty", text: `New for ${seen.actor}: ${words.join(", ")}`, technique };
  }

  #surprise(seen: Observation, f: number, value: string | undefined): number {
    if (value === undefined) return 0;
    hashText(value, f + 1, this.#value);
    let p = 0;
    for (let level = 2; level >= 0; level--) {
      this.#setScope(seen, f, level);
      const total = decayed(this.#totals, this.#scope, seen.time);
      combine(this.#scope, this.#value, this.#key);
      const used = decayed(this.#values, this.#key, seen.time);
      p = level === 2 ? (used + 1) / (total + beta) : (used + alpha * p) / (total + alpha);
    }
    return Math.min(mostPerFeature, -Math.log(Math.min(1, p)));
  }

  learn(seen: Observation, weight: number): void {
    if (weight <= 0) return;
    for (let f = 0; f < features.length; f++) {
      const value = features[f]!.value(seen);
      if (value === undefined) continue;
      hashText(value, f + 1, this.#value);
      for (let level = 0; level < 3; level++) {
        this.#setScope(seen, f, level);
        combine(this.#scope, this.#value, this.#key);
        touch(this.#totals, this.#scope, seen.time, weight);
        touch(this.#values, this.#key, seen.time, weight);
      }
    }
  }

  #setScope(seen: Observation, f: number, level: number): void {
    this.#group.high = level + 1;
    this.#group.low = level === 1 ? seen.group + 1 : 0;
    combine(this.#seeds[f]!, level === 0 ? seen.principal : this.#group, this.#scope);
  }

  get bytes(): number {
    return this.#values.bytes + this.#totals.bytes;
  }

  save(out: SnapshotWriter): void {
    this.#values.save(out);
    this.#totals.save(out);
  }

  load(input: SnapshotReader): void {
    this.#values.load(input);
    this.#totals.load(input);
  }
}

/** Hours, faded. */
function decayed(table: KeyTable, key: Hash64, time: number): number {
  const row = table.find(key.high, key.low);
  return row < 0 ? 0 : table.data[row]! * Math.exp(-(time - table.seen[row]!) / memory);
}

function touch(table: KeyTable, key: Hash64, time: number, weight: number): void {
  const row = table.find(key.high, key.low);
  if (row < 0) {
    table.data[table.add(key.high, key.low, time)] = weight;
    return;
  }
  const gap = time - table.seen[row]!;
  if (gap <= 0) return;
  table.data[row] = table.data[row]! * Math.exp(-gap / memory) + presenceShare(gap) * weight;
  table.seen[row] = time;
}

/** The name of a client without its version. */
function client(name: string | undefined): string | undefined {
  return name?.replace(/[\d.]+/g, "");
}

function isWeekend(time: number): boolean {
  const day = Math.floor(time / 86_400) % 7;
  return day === 2 || day === 3;
}

function share(nats: number): string {
  const percent = 100 * Math.exp(-nats);
  return percent >= 1 ? `${Math.round(percent)} %` : `${percent.toFixed(2)} %`;
}
