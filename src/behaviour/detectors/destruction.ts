/**
 * Destruction: objects overwritten and deleted, against what the account and its peers do of it, and against all that it
 * does; and whether it had just read what it destroys, as ransomware must (CryptoDrop, Scaife et al. 2016; Redemption,
 * Kharraz & Kirda 2017).
 *
 * Statistics: negative-binomial excess over a budget an hour and a day, own habit with the peers' as prior (stats/budget.ts);
 * a binomial divergence of the share of destruction among all objects touched. An overwrite counts by what became of the
 * pixels: the same (a re-tagging) next to nothing, others in full; where the old ones are not known, as the account's
 * other overwrites of the last hour turned out to be (Beta posterior). Of everybody the one who acts is set aside: whoever
 * destroys alone is judged alone.
 */
import { amountOf, Budget, spanOf } from "../stats/budget.ts";
import { combine, type Hash64 } from "../stats/hash.ts";
import { mark, Rows } from "../stats/rows.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import { excessShare } from "../stats/surprise.ts";
import type { Detector, DetectorLimits, Evidence } from "./detector.ts";
import type { Observation } from "./observation.ts";

/** Seconds. */
const scales = [3_600, 86_400] as const;
const readBefore = 4 * 3_600;
/** What an overwrite counts for: pixels the same, no pixels to compare, a log that tells nothing, others. */
const weights = { same: 0.01, document: 0.1, untold: 0.3, changed: 1, afterReading: 1.5 } as const;
/** Beta prior of unknown pixels: changed (where χ² is plausible, where none was taken) and all. */
const prior = { changed: 0.4, plausible: 0.1, all: 2 } as const;
/** Uncompressed bytes with a χ² below this are ciphertext or noise (255 degrees of freedom: mean 255, σ 22.6). */
const randomBelow = 255 + 5 * 22.6;
const native = new Set(["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"]);
/** Of the rate of an account that little is known of: any service may be one that deletes. */
const shape = 0.12;
/** Share of the evidence that the ratio has to bear out. */
const borneOut = 0.4;
const ratioPrior = { share: 0.002, trials: 200 } as const;
const ratioMemory = 20_000;

const kinds = {
  overwrite: { text: "overwrote", technique: "T1486", ordinary: 0.2 },
  delete: { text: "deleted", technique: "T1485", ordinary: 0.1 },
} as const;
type Kind = keyof typeof kinds;

/** Row of a principal or tenant: worth; destroyed and touched within a day, and of all time; known and changed pixels within an hour. */
const row = { destroyed: 1, touched: 2, share: 3, trials: 4, known: 5, changed: 6, budgets: 7 } as const;

export class Destruction implements Detector {
  readonly name = "destruction";
  readonly #budgets: Record<Kind, Budget>;
  readonly #actors: Rows;
  readonly #tenants: Rows;
  /** Marks of the pixels of each instance. */
  readonly #pixels: Rows;
  /** Principal and study, last read. */
  readonly #readings: Rows;
  readonly #key: Hash64 = { high: 0, low: 0 };
  readonly #stride: number;
  /** Of the event assessed last. */
  #kind: Kind | undefined;
  #amount = 0;
  #readFirst = false;
  #hasSamePixels = false;

  constructor({ entities, objects }: DetectorLimits) {
    const overwrite = new Budget({ scales, offset: row.budgets, ordinary: kinds.overwrite.ordinary, shape });
    const offset = row.budgets + overwrite.floats;
    this.#budgets = { overwrite, delete: new Budget({ scales, offset, ordinary: kinds.delete.ordinary, shape }) };
    const stride = offset + this.#budgets.delete.floats;
    this.#stride = stride;
    this.#actors = new Rows(entities, stride);
    this.#tenants = new Rows(Math.min(entities, 4_096), stride);
    this.#pixels = new Rows(objects, 3, 365 * 86_400);
    this.#readings = new Rows(objects >> 2, 1, readBefore);
  }

  assess(seen: Observation, report: (evidence: Evidence) => void): void {
    this.#kind = undefined;
    if (!seen.ok || seen.act === "login" || seen.act === "administer" || seen.act === "other") return;
    const at = this.#actors.of(seen.principal, seen.time);
    this.#advance(this.#actors, at, seen);
    const { data } = this.#actors;
    data[at + row.touched]! += seen.objects;
    if (seen.act === "change" && seen.instances.length > 0) this.#amount = this.#overwritten(seen, data, at);
    else if (seen.act === "destroy") this.#amount = this.#deleted(seen);
    else return;
    this.#kind = seen.act === "change" ? "overwrite" : "delete";
    data[at + row.destroyed]! += this.#amount;
    this.#judge(seen, this.#actors, at, report);
    const all = this.#tenants.of(seen.tenant, seen.time);
    this.#advance(this.#tenants, all, seen);
    this.#tenants.data[all + row.touched]! += seen.objects;
    this.#tenants.data[all + row.destroyed]! += this.#amount;
    this.#judge(seen, this.#tenants, all, report, data.subarray(at, at + this.#stride));
  }

  #judge(seen: Observation, rows: Rows, at: number, report: (evidence: Evidence) => void, aside?: Float32Array): void {
    const kind = this.#kind!;
    const { data } = rows;
    const budget = this.#budgets[kind];
    const entity = aside ? "tenant" : "principal";
    const over = budget.add(data, at, this.#amount, aside ? 0 : seen.group, aside);
    const { observed, expected, peer, scale } = budget;
    const share =
      (data[at + row.share]! + ratioPrior.share * ratioPrior.trials) / (data[at + row.trials]! + ratioPrior.trials);
    const destroyed = Math.max(0, data[at + row.destroyed]! - (aside?.[row.destroyed] ?? 0));
    const touched = Math.max(destroyed, data[at + row.touched]! - (aside?.[row.touched] ?? 0));
    const ratio = excessShare(destroyed, touched, share);
    const nats = over * (1 - borneOut) + Math.min(over, ratio) * borneOut;
    if (nats < 1) return;
    const who = aside ? "everybody else" : seen.actor;
    const first = this.#readFirst ? ", having read the same study shortly before" : "";
    const { text, technique } = kinds[kind];
    const what = kind === "overwrite" ? " objects with other content" : " studies or objects";
    report({
      entity,
      nats,
      level: true,
      reason: () => ({
        detector: "destruction",
        text: `${who} ${text} about ${amountOf(observed)}${what} within ${spanOf(scale)}${first}; its habit is ${amountOf(expected)}, its peers' ${amountOf(peer)}`,
        observed,
        expected,
        peer,
        technique,
      }),
    });
  }

  /** How many overwrites the event is worth; what its pixels tell is counted at once. */
  #overwritten(seen: Observation, data: Float32Array, at: number): number {
    this.#readFirst = this.#hasRead(seen);
    const content = seen.event.content;
    const digest = content?.pixel_digest;
    this.#hasSamePixels = false;
    if (!content) return seen.objects * weights.untold * this.#factor();
    if (!digest) return seen.objects * (isRandom(content) ? weights.changed : weights.document) * this.#factor();
    const before = this.#pixelRow(seen);
    let share: number;
    if (before >= 0) {
      const isSame =
        this.#pixels.data[before + 1] === markOf(digest, 0) && this.#pixels.data[before + 2] === markOf(digest, 6);
      this.#hasSamePixels = isSame;
      data[at + row.known]! += 1;
      if (!isSame) data[at + row.changed]! += 1;
      share = isSame ? weights.same : weights.changed;
    } else if (isRandom(content)) share = weights.changed;
    else {
      const changed = data[at + row.changed]! + (content.chi2_min === undefined ? prior.changed : prior.plausible);
      share = changed / (data[at + row.known]! + prior.all);
    }
    return this.#hasSamePixels ? share : share * this.#factor();
  }

  #deleted(seen: Observation): number {
    this.#readFirst = this.#hasRead(seen);
    return Math.max(1, seen.event.resources?.length ?? 1) * this.#factor();
  }

  #factor(): number {
    return this.#readFirst ? weights.afterReading : 1;
  }

  #hasRead(seen: Observation): boolean {
    return seen.studies.some((study) => {
      combine(seen.principal, study, this.#key);
      const at = this.#readings.find(this.#key.high, this.#key.low);
      return at >= 0 && seen.time - this.#readings.seen[at]! <= readBefore;
    });
  }

  #pixelRow(seen: Observation): number {
    const [instance] = seen.instances;
    if (!instance) return -1;
    combine(seen.tenant, instance, this.#key);
    return this.#pixels.known(this.#key);
  }

  learn(seen: Observation, weight: number): void {
    if (!seen.ok) return;
    if (seen.act === "read") this.#learnReading(seen);
    if (seen.act === "create" || seen.act === "change") this.#learnPixels(seen, weight);
    const at = this.#actors.known(seen.principal);
    if (at < 0) return;
    this.#trust(this.#actors, at, seen, weight);
    const all = this.#tenants.known(seen.tenant);
    if (all >= 0 && this.#kind) this.#trust(this.#tenants, all, seen, weight);
  }

  #trust(rows: Rows, at: number, seen: Observation, weight: number): void {
    const { data } = rows;
    data[at]! += weight;
    const amount = this.#kind ? this.#amount : 0;
    const most = Math.max(amount, seen.objects);
    const fade = Math.min(1, ratioMemory / (data[at + row.trials]! + most));
    data[at + row.share] = (data[at + row.share]! + amount * weight) * fade;
    data[at + row.trials] = (data[at + row.trials]! + most * weight) * fade;
    if (this.#kind) this.#budgets[this.#kind].trust(data, at, amount * weight);
  }

  #learnReading(seen: Observation): void {
    for (const study of seen.studies) {
      combine(seen.principal, study, this.#key);
      const at = this.#readings.of(this.#key, seen.time);
      this.#readings.data[at] = 1;
      this.#readings.touch(at, seen.time);
    }
  }

  /** The pixels known stay the reference until others are found ordinary. */
  #learnPixels(seen: Observation, weight: number): void {
    const digest = seen.event.content?.pixel_digest;
    const [instance] = seen.instances;
    if (!digest || !instance) return;
    if (this.#pixelRow(seen) >= 0 && weight < 0.5) return;
    combine(seen.tenant, instance, this.#key);
    const at = this.#pixels.of(this.#key, seen.time);
    const { data } = this.#pixels;
    data[at] = 1;
    data[at + 1] = markOf(digest, 0);
    data[at + 2] = markOf(digest, 6);
    this.#pixels.touch(at, seen.time);
  }

  #advance(rows: Rows, at: number, seen: Observation): void {
    const gap = rows.touch(at, seen.time);
    if (gap === 0) return;
    const { data } = rows;
    for (const budget of Object.values(this.#budgets))
      budget.advance(data, at, gap, rows === this.#tenants ? 0 : seen.group);
    const day = Math.exp(-gap / scales[1]);
    const hour = Math.exp(-gap / scales[0]);
    data[at + row.destroyed]! *= day;
    data[at + row.touched]! *= day;
    data[at + row.known]! *= hour;
    data[at + row.changed]! *= hour;
  }

  get bytes(): number {
    return [this.#actors, this.#tenants, this.#pixels, this.#readings].reduce((sum, rows) => sum + rows.bytes, 0);
  }

  save(out: SnapshotWriter): void {
    for (const part of this.#parts()) part.save(out);
  }

  load(input: SnapshotReader): void {
    for (const part of this.#parts()) part.load(input);
  }

  #parts() {
    return [this.#actors, this.#tenants, this.#pixels, this.#readings, this.#budgets.overwrite, this.#budgets.delete];
  }
}

function isRandom({ chi2_min, transfer_syntax = "" }: { chi2_min?: number; transfer_syntax?: string }): boolean {
  return chi2_min !== undefined && chi2_min < randomBelow && native.has(transfer_syntax);
}

/** 24 bits of a hexadecimal digest. */
function markOf(digest: string, from: number): number {
  return mark((Number.parseInt(digest.slice(from, from + 6), 16) || 0) << 8);
}
