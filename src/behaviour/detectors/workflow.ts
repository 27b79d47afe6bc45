/**
 * Workflow: is there a reason for this person to look at this patient? In hospitals over nine in ten accesses are explained
 * by what else the record holds (explanation-based auditing: Fabbri & LeFevre, PVLDB 2011; PMC3555324). Here the reasons are
 * learnt from the stream itself. Each access falls into a context, made of what is true of the patient at that moment:
 *
 *   on treatment (a plan or record stored lately) · something stored lately · touched by the same peer group lately ·
 *   touched by this principal before, with a reason · touched by several others lately
 *
 * How often each context occurs among the accesses of a principal, with Dirichlet back-off to its peer group and to
 * everybody, gives −ln P(no more reasons than here: contexts whose reasons are among these): an explained access is ordinary and costs nothing, an access to a
 * patient whom nobody has a reason to see is as surprising as such accesses are rare. Own looks without a reason are not a
 * reason for the next; they add up.
 */
import { combine, type Hash64 } from "../stats/hash.ts";
import { mark, Rows } from "../stats/rows.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Detector, DetectorLimits, Evidence } from "./detector.ts";
import type { Observation } from "./observation.ts";

const day = 86_400;
/** How long a reason lasts, seconds. */
const spans = { treated: 10 * day, stored: 14 * day, peers: 14 * day, own: 45 * day, others: 7 * day } as const;
/** Distinct others within the span that make a patient a present one. */
const several = 2;
const contexts = 32;
/** Accesses that the peer group's habit counts for against the own one, and everybody's against the group's. */
const weights = { group: 30, everybody: 100 } as const;
/** Accesses remembered: of one account, of a group, of everybody. Those before them fade. */
const memories = { own: 500, group: 2_000, everybody: 20_000 } as const;
/** Seconds of watching after which the reasons that there are have been seen; what is learnt before counts little. */
const ripening = 10 * day;
/** Accesses of everybody before anything is said: until then everything is new to everybody. */
const leastKnown = 500;
/** Reasons that others gave: treated, stored, peers, others. One's own earlier looks are none for the next. */
const byOthers = 1 | 2 | 4 | 16;
const mostNats = 14;
/** Nats that a single look can have: there may be reasons that no log tells. */
const mostOnce = 6;
/** Nats below which a look is as explained as many. */
const leastTold = 4;
/** Beta prior of a look without reason being followed by another at the same patient. */
const again = { repeated: 1, all: 6 } as const;
/** Seconds for which such looks add up. */
const addUp = 14 * day;
/** Seconds within which looks are one. */
const visit = 3_600;
const groups = 64;

/** Row of a patient, times in hours: worth, last treatment, last object, last touch, touches by distinct others (decayed). */
const patient = { treated: 1, stored: 2, touched: 3, others: 4, floats: 5 } as const;
/** Row of a principal or group and a patient: worth, last access with a reason (hours), looks without (decayed), mark of who. */
const pair = { explained: 1, looks: 2, who: 3, floats: 4 } as const;
/** More than one of the group. */
const severalOf = -1;

export class Workflow implements Detector {
  readonly name = "workflow";
  readonly #patients: Rows;
  readonly #pairs: Rows;
  /** Counts of contexts of each principal, after their sum. */
  readonly #habits: Rows;
  readonly #groups = new Float64Array(groups * (contexts + 1));
  #everybody = new Float64Array(contexts + 1);
  /** Per group: looks without reason that repeated one, and all. */
  #repeats = new Float64Array(groups * 2);
  #hours = 0;
  /** When the first access was seen, seconds. */
  #since = 0;
  readonly #key: Hash64 = { high: 0, low: 0 };
  readonly #group: Hash64 = { high: 0, low: 0 };
  /** Of the event assessed last: the context of each patient, and whether there was a reason. */
  readonly #found: number[] = [];
  readonly #reasonless: boolean[] = [];

  constructor({ entities, objects }: DetectorLimits) {
    this.#patients = new Rows(objects >> 2, patient.floats, 90 * day);
    this.#pairs = new Rows(objects >> 1, pair.floats, 60 * day);
    this.#habits = new Rows(entities, contexts + 2, 60 * day);
  }

  assess(seen: Observation, report: (evidence: Evidence) => void): void {
    this.#found.length = 0;
    this.#reasonless.length = 0;
    if (!isAccess(seen)) return;
    this.#hours = seen.time / 3_600;
    let worst = 0;
    let rarest = 0;
    let looks = 0;
    for (const one of seen.patients) {
      const context = this.#contextOf(seen, one);
      const without = (context & byOthers) === 0;
      const before = without ? this.#looksAt(seen, one) : 0;
      this.#found.push(context);
      this.#reasonless.push(without);
      const once = Math.min(mostOnce, this.#surprise(seen, context));
      const sum = Math.min(mostNats, once + before * this.#repetition(seen));
      if (sum <= worst) continue;
      [worst, rarest, looks] = [sum, context, before];
    }
    if (worst < leastTold) return;
    report({
      entity: "principal",
      nats: worst,
      level: true,
      whom: true,
      reason: () => this.#reason(seen, rarest, looks),
    });
  }

  #reason(seen: Observation, context: number, looks: number) {
    const share = Math.exp(-this.#surprise(seen, context));
    const repeated = looks >= 0.5 ? `, ${Math.round(looks) + 1} times within two weeks` : "";
    return {
      detector: "workflow",
      text: `${seen.actor} looked at a patient without a reason that the records show${repeated}: ${lacking(context)}; ${(share * 100).toPrecision(2)} % of such accesses are like this`,
      observed: looks + 1,
      expected: share,
      technique: seen.event.metadata?.product === undefined ? "T1530" : "T1213", // our own storage, or another's records
    };
  }

  #contextOf(seen: Observation, who: Hash64): number {
    const at = this.#patients.known(who);
    const { data } = this.#patients;
    const age = (since: number) => (since === 0 ? Number.POSITIVE_INFINITY : (this.#hours - since) * 3_600);
    let context = 0;
    if (at >= 0) {
      if (age(data[at + patient.treated]!) < spans.treated) context |= 1;
      if (age(data[at + patient.stored]!) < spans.stored) context |= 2;
      const fade = Math.exp(-age(data[at + patient.touched]!) / spans.others);
      if (data[at + patient.others]! * fade >= several) context |= 16;
    }
    if (age(this.#last(this.#groupKey(seen), who, mark(seen.principal.high))) < spans.peers) context |= 4;
    if (age(this.#last(seen.principal, who)) < spans.own) context |= 8;
    return context;
  }

  /** @param except a mark: what only its bearer did does not count */
  #last(who: Hash64, whom: Hash64, except = 0): number {
    combine(who, whom, this.#key);
    const at = this.#pairs.known(this.#key);
    if (at < 0 || (except !== 0 && this.#pairs.data[at + pair.who] === except)) return 0;
    return this.#pairs.data[at + pair.explained]!;
  }

  /** What one more look without reason at the same patient adds, nats: −ln of how often they are repeated in the group. */
  #repetition(seen: Observation): number {
    const at = (Math.abs(seen.group) % groups) * 2;
    const repeated = this.#repeats[at]! + again.repeated;
    return Math.log((this.#repeats[at + 1]! + again.all) / repeated);
  }

  #looksAt(seen: Observation, whom: Hash64): number {
    combine(seen.principal, whom, this.#key);
    const at = this.#pairs.known(this.#key);
    if (at < 0) return 0;
    const gap = seen.time - this.#pairs.seen[at / pair.floats]!;
    const looks = this.#pairs.data[at + pair.looks]! * Math.exp(-Math.max(0, gap) / addUp);
    return gap <= visit ? Math.max(0, looks - 1) : looks; // the look under way is none before
  }

  /** −ln of the probability of these reasons or fewer of them. */
  #surprise(seen: Observation, context: number): number {
    if (this.#everybody[0]! < leastKnown) return 0;
    let tail = 0;
    for (let other = 0; other <= context; other++) if ((other & ~context) === 0) tail += this.#probability(seen, other);
    return Math.max(0, -Math.log(tail));
  }

  #probability(seen: Observation, context: number): number {
    const group = groupAt(seen);
    const all = (this.#everybody[1 + context]! + 1 / contexts) / (this.#everybody[0]! + 1);
    const counted = this.#groups[group]!;
    const peers = (this.#groups[group + 1 + context]! + weights.everybody * all) / (counted + weights.everybody);
    const at = this.#habits.known(seen.principal);
    if (at < 0) return peers;
    const { data } = this.#habits;
    return (data[at + 2 + context]! + weights.group * peers) / (data[at + 1]! + weights.group);
  }

  learn(seen: Observation, weight: number): void {
    this.#hours = seen.time / 3_600;
    if (isAccess(seen)) this.#learnAccess(seen, weight);
    if (!seen.ok || seen.patients.length === 0) return;
    const isStored = seen.act === "create" || seen.act === "change";
    for (const one of seen.patients) {
      const at = this.#patients.of(one, seen.time);
      this.#patients.touch(at, seen.time);
      const { data } = this.#patients;
      data[at]! += 1;
      if (isStored) data[at + patient.stored] = this.#hours;
      if (seen.event.treatment || (isStored && isTreatment(seen))) data[at + patient.treated] = this.#hours;
      if (isStored) this.#remember(seen, one, true, weight);
    }
  }

  #learnAccess(seen: Observation, weight: number): void {
    if (this.#since === 0) this.#since = seen.time;
    const ripe = Math.min(1, (seen.time - this.#since) / ripening) ** 2;
    for (const [i, one] of seen.patients.entries()) {
      const context = this.#found[i];
      if (context === undefined) break;
      this.#learnContext(seen, context, (weight * ripe) / seen.patients.length);
      this.#remember(seen, one, !this.#reasonless[i], weight);
    }
  }

  #learnContext(seen: Observation, context: number, weight: number): void {
    const at = this.#habits.of(seen.principal, seen.time);
    this.#habits.touch(at, seen.time);
    this.#habits.data[at]! += weight;
    count(this.#habits.data, at + 1, context, weight, memories.own);
    count(this.#groups, groupAt(seen), context, weight, memories.group);
    count(this.#everybody, 0, context, weight, memories.everybody);
  }

  /** Whoever looks is a reason for others, not for itself; looks without reason are counted. */
  #remember(seen: Observation, whom: Hash64, hasReason: boolean, weight: number): void {
    const at = this.#patients.of(whom, seen.time);
    combine(seen.principal, whom, this.#key);
    const row = this.#pairs.of(this.#key, seen.time);
    const isNew = this.#pairs.data[row]! === 0;
    const gap = this.#pairs.touch(row, seen.time);
    const { data } = this.#pairs;
    data[row]! += 1;
    data[row + pair.looks]! *= Math.exp(-gap / addUp);
    if (weight >= 0.3) this.#touch(at, isNew || gap > spans.others ? 1 : 0);
    if (!hasReason && (isNew || gap > visit)) this.#countLook(seen, row, weight);
    if (weight < 0.3) return;
    if (hasReason) data[row + pair.explained] = this.#hours;
    combine(this.#groupKey(seen), whom, this.#key);
    const peers = this.#pairs.of(this.#key, seen.time);
    const own = mark(seen.principal.high);
    const before = this.#pairs.data[peers + pair.who]!;
    this.#pairs.touch(peers, seen.time);
    this.#pairs.data[peers]! += 1;
    this.#pairs.data[peers + pair.explained] = this.#hours;
    this.#pairs.data[peers + pair.who] = before === 0 || before === own ? own : severalOf;
  }

  #countLook(seen: Observation, row: number, weight: number): void {
    const { data } = this.#pairs;
    const at = (Math.abs(seen.group) % groups) * 2;
    if (data[row + pair.looks]! >= 0.5) this.#repeats[at]! += weight;
    this.#repeats[at + 1]! += weight;
    data[row + pair.looks]! += 1;
  }

  #touch(at: number, others: number): void {
    const { data } = this.#patients;
    const last = data[at + patient.touched]!;
    const fade = last === 0 ? 0 : Math.exp((-(this.#hours - last) * 3_600) / spans.others);
    data[at + patient.others] = Math.min(1_000, data[at + patient.others]! * fade + others);
    data[at + patient.touched] = this.#hours;
  }

  /** A group is kept apart from every principal by its high lane. */
  #groupKey({ group }: Observation): Hash64 {
    this.#group.high = 0xffffffff;
    this.#group.low = Math.imul(group + 1, 0x9e3779b1) >>> 0;
    return this.#group;
  }

  get bytes(): number {
    const own = this.#groups.byteLength + this.#everybody.byteLength + this.#repeats.byteLength;
    return own + this.#patients.bytes + this.#pairs.bytes + this.#habits.bytes;
  }

  save(out: SnapshotWriter): void {
    for (const rows of [this.#patients, this.#pairs, this.#habits]) rows.save(out);
    out.array(this.#groups);
    out.array(this.#everybody);
    out.array(this.#repeats);
    out.numbers([this.#hours, this.#since]);
  }

  load(input: SnapshotReader): void {
    for (const rows of [this.#patients, this.#pairs, this.#habits]) rows.load(input);
    this.#groups.set(input.array(Float64Array));
    this.#everybody = input.array(Float64Array);
    this.#repeats = input.array(Float64Array);
    const [hours, since] = input.numbers(2);
    this.#hours = hours!;
    this.#since = since!;
  }
}

/** Looking, not storing; an event over many patients is a list or a copy, which volume and breadth judge. */
function isAccess({ act, ok, patients }: Observation): boolean {
  return (act === "read" || act === "search") && ok && patients.length > 0 && patients.length <= 4;
}

function isTreatment({ event }: Observation): boolean {
  const modality = event.resources?.[0]?.modality ?? "";
  return modality.startsWith("RTPLAN") || modality === "RTRECORD";
}

function groupAt({ group }: Observation): number {
  return (Math.abs(group) % groups) * (contexts + 1);
}

function count(counts: Float32Array | Float64Array, at: number, context: number, weight: number, memory: number): void {
  counts[at]! += weight;
  counts[at + 1 + context]! += weight;
  if (counts[at]! < memory) return;
  for (let i = 0; i <= contexts; i++) counts[at + i]! /= 2;
}

function lacking(context: number): string {
  const missing = [
    context & 1 ? "" : "not on treatment",
    context & 2 ? "" : "nothing stored lately",
    context & 4 ? "" : "not seen by its peers",
    context & 16 ? "" : "seen by hardly anybody lately",
  ].filter(Boolean);
  return missing.length > 0 ? missing.join(", ") : "all of it unusual for this account";
}
