/**
 * Content: whether stored bytes are still what objects of their kind are.
 *
 * χ² of the byte histogram (255 degrees of freedom) by SOP class and transfer syntax: what uncompressed images and each
 * kind of compression give is learnt (location and scale of ln χ², Student's t with five degrees of freedom, so that
 * outliers neither teach nor surprise too much); ciphertext is χ² around 255 whatever the class. Each object gives a
 * likelihood ratio of "some or all windows are ciphertext" against "as always"; per account they add up in Page's CUSUM,
 * whose average run length at h nats is e^h objects or more (Lorden 1971). That finds partial, intermittent and
 * header-preserving encryption: the lowest window betrays it while the highest looks as ever. Entropy would not do:
 * compressed bytes have as much of it (Davies et al. 2022, differential area analysis; McGlynn 2024).
 *
 * Irregularities and refusals as no DICOM by frequency: −ln of a Beta posterior per code and SOP class, and the excess of
 * refused objects over the account's budget.
 */
import type { Content as ContentFacts } from "../../core/index.ts";
import { amountOf, Budget, spanOf } from "../stats/budget.ts";
import { combine, type Hash64, hashText } from "../stats/hash.ts";
import { Rows } from "../stats/rows.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import { page } from "../stats/surprise.ts";
import type { Detector, DetectorLimits, Evidence } from "./detector.ts";
import type { Observation } from "./observation.ts";

const scales = [3_600, 86_400] as const;
/** Of ln χ² where bytes are ciphertext: the lowest of some windows of 4 to 16 KiB lies a little below 255. */
const cipher = { mean: Math.log(248), deviation: 0.11 } as const;
/** What ln χ² is before a class is known: uncompressed, compressed. Each prior counts as so many objects. */
const native = { mean: 12.5, deviation: 1.5 } as const;
const packed = { mean: 7.2, deviation: 0.9 } as const;
const priorObjects = 8;
const memory = 5_000;
const leastDeviation = 0.1;
const freedom = 5;
const nativeSyntaxes = new Set(["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"]);
/** Nats that one object may add, and that one may take away: nobody buys trust with many sound objects. */
const bounds = { most: 6, least: -0.7, highest: 40 } as const;
/** Seconds: the CUSUM forgets by half. */
const halfLife = 14 * 86_400;
const executable = 25;
const rarest = 7;

/** Row of a SOP class in a transfer syntax: worth, then location, scale and weight of the lowest and highest window. */
const kind = { lowest: 1, highest: 4, floats: 7 } as const;
/** Row of an account: worth, CUSUM, then the budget of refusals. */
const account = { cusum: 1, budget: 2 } as const;
/** Row of an irregularity in a SOP class: worth, objects with it. The row without a code counts all objects. */
const irregular = { count: 1, floats: 2 } as const;

export class Content implements Detector {
  readonly name = "content";
  readonly #kinds = new Rows(4_096, kind.floats);
  readonly #codes = new Rows(4_096, irregular.floats);
  readonly #refusals = new Budget({ scales, offset: account.budget, ordinary: 0.3, shape: 0.15 });
  readonly #accounts: Rows;
  readonly #key: Hash64 = { high: 0, low: 0 };
  readonly #part: Hash64 = { high: 0, low: 0 };

  constructor({ entities }: DetectorLimits) {
    this.#accounts = new Rows(entities, account.budget + this.#refusals.floats);
  }

  assess(seen: Observation, report: (evidence: Evidence) => void): void {
    const { content, status_detail = "" } = seen.event;
    if (content?.preamble === "executable" || status_detail === "object/executable") this.#tellExecutable(seen, report);
    if (!seen.ok) {
      if (isRefused(seen)) this.#assessRefusal(seen, report);
      return;
    }
    if (!content || seen.event.activity === "duplicate") return;
    this.#assessUniformity(seen, content, report);
    this.#assessIrregular(seen, content, report);
  }

  #tellExecutable(seen: Observation, report: (evidence: Evidence) => void): void {
    const text = `${seen.actor} stored an object whose preamble makes it an executable (CVE-2019-11687)`;
    report({
      entity: "principal",
      nats: executable,
      invariant: true,
      reason: () => ({ detector: "content", text, technique: "T1027.009" }),
    });
  }

  #assessRefusal(seen: Observation, report: (evidence: Evidence) => void): void {
    const at = this.#advanced(seen);
    const nats = this.#refusals.add(this.#accounts.data, at, 1, seen.group);
    const { observed, expected, peer, scale } = this.#refusals;
    if (nats < 1) return;
    report({
      entity: "principal",
      nats,
      level: true,
      reason: () => ({
        detector: "content",
        text: `${amountOf(observed)} objects that ${seen.actor} sent within ${spanOf(scale)} were refused as no sound DICOM (the last: ${seen.event.status_detail}); its habit is ${amountOf(expected)}, its peers' ${amountOf(peer)}`,
        observed,
        expected,
        peer,
        technique: "T1486",
      }),
    });
  }

  #assessUniformity(seen: Observation, content: ContentFacts, report: (evidence: Evidence) => void): void {
    const ratio = this.#ratio(seen, content);
    if (ratio === undefined) return;
    const at = this.#advanced(seen);
    const { data } = this.#accounts;
    const before = data[at + account.cusum]!;
    const level = Math.min(bounds.highest, page(before, Math.max(bounds.least, Math.min(bounds.most, ratio))));
    data[at + account.cusum] = level;
    if (level < 1 || level <= before) return;
    const { chi2_min: observed = 0 } = content;
    const expected = Math.exp(this.#location(seen, content, kind.lowest).mean);
    report({
      entity: "principal",
      nats: level,
      level: true,
      reason: () => ({
        detector: "content",
        text: `objects from ${seen.actor} hold bytes that look encrypted: χ² ${amountOf(observed)} where such objects have about ${amountOf(expected)} (255 is random)`,
        observed,
        expected,
        technique: "T1486",
      }),
    });
  }

  /** ln of the likelihoods: ciphertext in some or in all windows, against as always. */
  #ratio(seen: Observation, content: ContentFacts): number | undefined {
    const { chi2_min, chi2_max } = content;
    if (!isPossible(chi2_min) || !isPossible(chi2_max)) return undefined;
    const [low, high] = [Math.log(chi2_min), Math.log(chi2_max)];
    const partly = likelihood(low, cipher) - likelihood(low, this.#location(seen, content, kind.lowest));
    const wholly = partly + likelihood(high, cipher) - likelihood(high, this.#location(seen, content, kind.highest));
    const most = Math.max(partly, wholly);
    return most + Math.log((Math.exp(partly - most) + Math.exp(wholly - most)) / 2);
  }

  #location(seen: Observation, content: ContentFacts, from: number): { mean: number; deviation: number } {
    const prior = nativeSyntaxes.has(content.transfer_syntax ?? "") ? native : packed;
    const at = this.#kinds.known(this.#kindOf(seen, content));
    if (at < 0) return prior;
    const { data } = this.#kinds;
    const weight = data[at + from + 2]!;
    const all = weight + priorObjects;
    const mean = (data[at + from]! * weight + prior.mean * priorObjects) / all;
    const apart = (data[at + from]! - prior.mean) ** 2 * ((weight * priorObjects) / all / all);
    const variance = (data[at + from + 1]! * weight + prior.deviation ** 2 * priorObjects) / all + Math.min(apart, 1);
    return { mean, deviation: Math.max(leastDeviation, Math.sqrt(variance)) };
  }

  #assessIrregular(
    seen: Observation,
    { irregular: codes = [] }: ContentFacts,
    report: (evidence: Evidence) => void,
  ): void {
    for (const code of codes) {
      const [with_, all] = [this.#count(seen, code), this.#count(seen, "")];
      const nats = Math.min(rarest, Math.log((all + 2) / (with_ + 1)));
      if (nats < 1) continue;
      report({
        entity: "principal",
        nats,
        reason: () => ({
          detector: "content",
          text: `${seen.actor} stored an object with ${code}, as ${Math.round(with_)} of ${Math.round(all)} such objects had`,
          observed: 1,
          expected: with_ / Math.max(1, all),
          technique: "T1565.001",
        }),
      });
    }
  }

  #count(seen: Observation, code: string): number {
    const at = this.#codes.known(this.#codeOf(seen, code));
    return at < 0 ? 0 : this.#codes.data[at + irregular.count]!;
  }

  learn(seen: Observation, weight: number): void {
    const { content } = seen.event;
    const at = this.#accounts.known(seen.principal);
    if (at >= 0) {
      this.#accounts.data[at]! += weight;
      if (isRefused(seen)) this.#refusals.trust(this.#accounts.data, at, weight);
    }
    if (!content || !seen.ok || seen.event.activity === "duplicate") return;
    this.#learnUniformity(seen, content, weight);
    for (const code of ["", ...(content.irregular ?? [])]) {
      const row = this.#codes.of(this.#codeOf(seen, code), seen.time);
      this.#codes.data[row + irregular.count]! += weight;
      this.#codes.data[row]! += 1;
      this.#codes.touch(row, seen.time);
    }
  }

  #learnUniformity(seen: Observation, content: ContentFacts, weight: number): void {
    const { chi2_min, chi2_max } = content;
    if (!isPossible(chi2_min) || !isPossible(chi2_max) || weight <= 0) return;
    const values = [
      [kind.lowest, Math.log(chi2_min), this.#location(seen, content, kind.lowest)],
      [kind.highest, Math.log(chi2_max), this.#location(seen, content, kind.highest)],
    ] as const;
    const at = this.#kinds.of(this.#kindOf(seen, content), seen.time);
    const { data } = this.#kinds;
    for (const [from, value, { mean, deviation }] of values) {
      const robust = (freedom + 1) / (freedom + ((value - mean) / deviation) ** 2); // weight of a t fit (Lange et al. 1989)
      const gain = weight * Math.min(1, robust);
      const count = Math.min(memory, data[at + from + 2]! + gain);
      if (count <= 0) continue;
      const was = data[at + from]!;
      data[at + from] = was + ((value - was) * gain) / count;
      data[at + from + 1]! += ((value - was) * (value - data[at + from]!) - data[at + from + 1]!) * (gain / count);
      data[at + from + 2] = count;
    }
    data[at]! += 1;
    this.#kinds.touch(at, seen.time);
  }

  #advanced(seen: Observation): number {
    const at = this.#accounts.of(seen.principal, seen.time);
    const gap = this.#accounts.touch(at, seen.time);
    if (gap > 0) {
      this.#refusals.advance(this.#accounts.data, at, gap, seen.group);
      this.#accounts.data[at + account.cusum]! *= 2 ** (-gap / halfLife);
    }
    return at;
  }

  #kindOf(seen: Observation, content: ContentFacts): Hash64 {
    hashText(`${seen.event.resources?.[0]?.sop_class_uid ?? ""}\0${content.transfer_syntax ?? ""}`, 0, this.#part);
    combine(seen.tenant, this.#part, this.#key);
    return this.#key;
  }

  #codeOf(seen: Observation, code: string): Hash64 {
    hashText(`${seen.event.resources?.[0]?.sop_class_uid ?? ""}\0${code}`, 0, this.#part);
    combine(seen.tenant, this.#part, this.#key);
    return this.#key;
  }

  get bytes(): number {
    return this.#kinds.bytes + this.#codes.bytes + this.#accounts.bytes;
  }

  save(out: SnapshotWriter): void {
    for (const part of [this.#kinds, this.#codes, this.#accounts, this.#refusals]) part.save(out);
  }

  load(input: SnapshotReader): void {
    for (const part of [this.#kinds, this.#codes, this.#accounts, this.#refusals]) part.load(input);
  }
}

function isRefused({ ok, event }: Observation): boolean {
  return (
    !ok && (event.activity === "create" || event.activity === "update") && !!event.status_detail?.startsWith("object/")
  );
}

/** A window of 16 KiB has χ² up to 255 · 16,384. */
function isPossible(chi2: number | undefined): chi2 is number {
  return chi2 !== undefined && chi2 > 0 && chi2 < 1e8;
}

/** ln of Student's t density, up to a constant that all share. */
function likelihood(value: number, { mean, deviation }: { mean: number; deviation: number }): number {
  return -Math.log(deviation) - ((freedom + 1) / 2) * Math.log1p(((value - mean) / deviation) ** 2 / freedom);
}
