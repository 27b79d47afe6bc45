/**
 * Sequence: does the order of actions look like this account, or like anybody? (masquerade detection, Schonlau et al. 2001)
 *
 * A variable-order Markov model of actions (what is done, by which operation, at which level, with what end): contexts of
 * up to two earlier actions of the session's account, mixed with Witten-Bell weights down to the peer group's and
 * everybody's habit (PPM, Cleary & Witten 1984; interpolation as in Witten & Bell 1991). Against it stands a stranger: an
 * action drawn from what everybody does, regardless of order. The logarithms of their likelihood ratio add up in Page's
 * CUSUM; under the account's own habit its average run length at h nats is e^h actions or more (Lorden 1971). Repeating one
 * action over and over says nothing of order and counts once.
 */
import { combine, type Hash64, hashText } from "../stats/hash.ts";
import { Rows } from "../stats/rows.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import { page } from "../stats/surprise.ts";
import type { Detector, DetectorLimits, Evidence } from "./detector.ts";
import type { Observation } from "./observation.ts";

const day = 86_400;
/** What one action may add and take away, nats. */
const bounds = { most: 3, least: -1.5, highest: 30 } as const;
/** Seconds: the CUSUM falls to 1/e, and earlier actions are no context any more. */
const forget = 2 * day;
const session = 2 * 3_600;
/** Actions of an account before its order is judged, and of everybody. */
const leastKnown = { own: 60, everybody: 2_000 } as const;
/** Share of a stranger's actions that nobody has done before. */
const unheard = 0.02;
const kinds = 4_096;

/** Row of an account: worth, CUSUM, the last two actions (24-bit marks), actions learnt. */
const account = { cusum: 1, last: 2, before: 3, known: 4, floats: 5 } as const;
/** Row of a context: worth, its actions, how many different. Row of an action in a context: worth, count. */
const context = { all: 1, distinct: 2, floats: 3 } as const;
/** A context's counts; beyond this they no longer grow, float32 stays exact. */
const mostCounted = 4_000_000;

export class Sequence implements Detector {
  readonly name = "sequence";
  readonly #accounts: Rows;
  readonly #contexts: Rows;
  readonly #scopes: Hash64[] = Array.from({ length: 4 }, () => ({ high: 0, low: 0 }));
  readonly #key: Hash64 = { high: 0, low: 0 };
  readonly #part: Hash64 = { high: 0, low: 0 };
  readonly #everybody: Hash64 = { high: 0x51ed270b, low: 0 };
  #symbol = 0;
  #isRepeat = false;
  #isAction = false;

  constructor({ entities, objects }: DetectorLimits) {
    this.#accounts = new Rows(entities, account.floats);
    this.#contexts = new Rows(Math.max(4_096, objects >> 1), context.floats);
  }

  assess(seen: Observation, report: (evidence: Evidence) => void): void {
    this.#isAction = seen.event.activity !== "echo";
    if (!this.#isAction) return;
    const at = this.#accounts.of(seen.principal, seen.time);
    const { data } = this.#accounts;
    const gap = this.#accounts.touch(at, seen.time);
    data[at + account.cusum]! *= Math.exp(-gap / forget);
    if (gap > session) data[at + account.last] = data[at + account.before] = 0;
    this.#symbol = symbolOf(seen);
    this.#isRepeat = data[at + account.last] === this.#symbol;
    if (this.#isRepeat) return;
    this.#scope(seen, data, at);
    if (data[at + account.known]! < leastKnown.own || this.#total(this.#everybody) < leastKnown.everybody) return;
    const ratio = Math.log(this.#strange() / this.#ordinary());
    const before = data[at + account.cusum]!;
    const level = Math.min(bounds.highest, page(before, Math.max(bounds.least, Math.min(bounds.most, ratio))));
    data[at + account.cusum] = level;
    if (level < 1 || level <= before) return;
    const { event, actor } = seen;
    report({
      entity: "principal",
      nats: level,
      level: true,
      reason: () => ({
        detector: "sequence",
        text: `the order of what ${actor} does is e^${level.toFixed(1)} times likelier for a stranger than for this account; the last: ${event.operation.slice(0, 60)} (${event.activity})`,
        observed: level,
        expected: 0,
        technique: "T1078",
      }),
    });
  }

  /** Keys of the contexts: everybody, peer group, the account after one action and after two. */
  #scope(seen: Observation, data: Float32Array, at: number): void {
    const [all, group, one, two] = this.#scopes as [Hash64, Hash64, Hash64, Hash64];
    all.high = this.#everybody.high;
    all.low = this.#everybody.low;
    const last = data[at + account.last]!;
    this.#part.high = Math.imul(seen.group + 1, 0x9e3779b1) >>> 0;
    this.#part.low = last;
    combine(this.#everybody, this.#part, group);
    this.#part.high = 1;
    combine(seen.principal, this.#part, one);
    this.#part.high = data[at + account.before]!;
    combine(one, this.#part, two);
  }

  #total(scope: Hash64): number {
    const at = this.#contexts.known(scope);
    return at < 0 ? 0 : this.#contexts.data[at + context.all]!;
  }

  #count(scope: Hash64): number {
    const at = this.#contexts.known(this.#actionIn(scope));
    return at < 0 ? 0 : this.#contexts.data[at + context.all]!;
  }

  #actionIn(scope: Hash64): Hash64 {
    this.#part.high = this.#symbol;
    this.#part.low = 0x5bd1e995;
    combine(scope, this.#part, this.#key);
    return this.#key;
  }

  /** A stranger does what everybody does, in no order. */
  #strange(): number {
    const all = this.#total(this.#everybody);
    return ((1 - unheard) * this.#count(this.#everybody)) / Math.max(1, all) + unheard / kinds;
  }

  /** Witten-Bell: what a context has not shown goes to the shorter one in proportion to how often it showed new actions. */
  #ordinary(): number {
    let probability = 1 / kinds;
    for (const scope of this.#scopes) {
      const at = this.#contexts.known(scope);
      if (at < 0) continue;
      const all = this.#contexts.data[at + context.all]!;
      const distinct = Math.max(1, this.#contexts.data[at + context.distinct]!);
      probability = (this.#count(scope) + distinct * probability) / (all + distinct);
    }
    return probability;
  }

  learn(seen: Observation, weight: number): void {
    if (!this.#isAction) return;
    const at = this.#accounts.known(seen.principal);
    if (at < 0) return;
    const { data } = this.#accounts;
    if (!this.#isRepeat) {
      data[at]! += weight;
      data[at + account.known]! += weight;
      for (const scope of this.#scopes) this.#learnIn(scope, seen.time, weight);
    }
    data[at + account.before] = this.#isRepeat ? data[at + account.before]! : data[at + account.last]!;
    data[at + account.last] = this.#symbol;
  }

  #learnIn(scope: Hash64, time: number, weight: number): void {
    if (weight <= 0) return;
    const whole = this.#contexts.of(scope, time);
    this.#contexts.touch(whole, time);
    const action = this.#contexts.of(this.#actionIn(scope), time);
    this.#contexts.touch(action, time);
    const { data } = this.#contexts;
    const again = this.#contexts.known(scope); // the second row may have taken the place of the first
    if (again < 0) return;
    if (data[action + context.all] === 0) data[again + context.distinct]! += 1;
    for (const row of [again, action]) {
      data[row]! += weight;
      data[row + context.all] = Math.min(mostCounted, data[row + context.all]! + weight);
    }
  }

  get bytes(): number {
    return this.#accounts.bytes + this.#contexts.bytes;
  }

  save(out: SnapshotWriter): void {
    this.#accounts.save(out);
    this.#contexts.save(out);
  }

  load(input: SnapshotReader): void {
    this.#accounts.load(input);
    this.#contexts.load(input);
  }
}

const scratch: Hash64 = { high: 0, low: 0 };

/** 24 bits, never 0. Operations of an unknown log are many at most, never unbounded: contexts live in a bounded table. */
function symbolOf({ act, ok, event }: Observation): number {
  hashText(`${act}\0${event.activity}\0${event.operation}\0${ok}\0${event.resources?.[0]?.level ?? ""}`, 0, scratch);
  return scratch.high >>> 8 || 1;
}
