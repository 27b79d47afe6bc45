/**
 * Treatment integrity: what plans prescribe and records tell, compared with what was known before.
 *
 * Contradictions are judged by the rules of the objects themselves (PS3.3 C.8.8.14 fraction scheme, C.8.8.16 approval,
 * C.8.8.21 session record): an approval covers the content that it was given for, a record follows its plan. How far a
 * delivered meterset may lie from the specified one is learnt from the stream: a Gaussian of the relative deviation,
 * within a tolerance. Who stores plans is learnt as a frequency with Dirichlet back-off.
 */

import type { Treatment } from "../../core/index.ts";
import { combine, type Hash64, hashText } from "../stats/hash.ts";
import { Rows } from "../stats/rows.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Detector, DetectorLimits, Evidence, Reason } from "./detector.ts";
import type { Observation } from "./observation.ts";
import {
  approved,
  approvedAt,
  believable,
  changesOf,
  type Facts,
  factAt,
  factsEnd,
  factsOf,
  isBefore,
  isSameApproval,
  keepFacts,
  rejected,
  unapproved,
} from "./plan-facts.ts";
import { PlanLineage } from "./plan-lineage.ts";
import { likeness, PlansInDelivery } from "./plans-in-delivery.ts";

/** MU below which, and share of the meterset within which, a difference is rounding. */
const tolerance = { units: 0.3, share: 0.005 };
/** Nats. Certain contradictions are invariants; the others are rare in practice but happen. */
const certain = 25;
const grave = 12;
const uncommon = 5;
/** Records from which what they say of a plan that was not seen itself is certain. */
const agreed = 2;
/** Nats of likeness from which a plan is a copy of the one in delivery. */
const alike = 4.5;
/** Seconds by which a local clock may be ahead of UTC. */
const zone = 14 * 3_600;
/** Least standard deviation of delivered against specified, as a share. */
const leastDeviation = 0.002;
const memory = 2_000;
const mostNats = 30;
const technique = "T1565.001"; // Stored Data Manipulation

/** Row of a plan: worth, its facts, the fraction last delivered. */
const plan = { ...factAt, last: factsEnd, floats: factsEnd + 1 } as const;
/** Row of a planned beam: worth, MU, fraction last delivered and how much of it. */
const beam = { units: 1, fraction: 2, delivered: 3, floats: 4 } as const;
/** Row of a principal: plans stored that were found ordinary. */
const storer = { plans: 1, floats: 2 } as const;

type Report = (evidence: Evidence) => void;

export class TreatmentIntegrity implements Detector {
  readonly name = "treatment";
  readonly keepsFacts = true;
  readonly #plans: Rows;
  readonly #beams: Rows;
  readonly #lineage: PlanLineage;
  readonly #delivery: PlansInDelivery;
  readonly #storers: Rows;
  /** Plans stored in all; mean square of the relative deviation of complete deliveries, and how many; records, and plans replaced that had not been seen. */
  #learnt = [0, leastDeviation ** 2, 1, 0, 0];
  /** Of the last record, until it is learnt. */
  readonly #deviations: number[] = [];
  /** The plan last assessed contradicts what was known of plans: that is asked of the plan, not of who stored it. */
  #isDoubted = false;
  readonly #key: Hash64 = { high: 0, low: 0 };
  readonly #plan: Hash64 = { high: 0, low: 0 };
  readonly #number: Hash64 = { high: 0, low: 0 };

  constructor({ entities, objects }: DetectorLimits) {
    const plans = Math.max(1_024, objects >> 4);
    this.#plans = new Rows(plans, plan.floats, 365 * 86_400);
    this.#beams = new Rows(plans * 8, beam.floats, 365 * 86_400);
    this.#lineage = new PlanLineage(plans);
    this.#delivery = new PlansInDelivery(plans);
    this.#storers = new Rows(entities, storer.floats, 90 * 86_400);
  }

  assess(seen: Observation, report: Report): void {
    this.#deviations.length = 0;
    const treatment = believable(seen.event);
    if (!treatment || !seen.ok) return;
    hashText(`${seen.event.tenant ?? ""}\0${treatment.plan_uid}`, 0, this.#plan);
    if (treatment.kind === "plan") this.#assessPlan(seen, treatment, report);
    else this.#assessRecord(seen, treatment, report);
  }

  #assessPlan(seen: Observation, told: Treatment, report: Report): void {
    this.#assessStorer(seen, told, report);
    this.#isDoubted = false;
    this.#assessFacts(seen, told, (evidence) => {
      this.#isDoubted ||= evidence.nats >= uncommon;
      report(evidence);
    });
  }

  #assessFacts(seen: Observation, told: Treatment, report: Report): void {
    const at = this.#plans.known(this.#plan);
    const { data } = this.#plans;
    const facts = factsOf(told);
    if (at < 0 || data[at + plan.units] === 0) {
      this.#assessLineage(seen, told, facts, report);
      if (at >= 0) this.#assessAgainstRecords(seen, told, at, report);
      return;
    }
    const changes = changesOf(data, at, facts);
    const wasApproved = data[at + plan.approval] === approved;
    const isApproved = facts.approval === approved;
    const sameApproval = isSameApproval(facts, data, at);
    const delivered = data[at + plan.last]! > 0;
    if (wasApproved && isApproved && sameApproval && changes.length > 0) {
      const text = `an approved plan was changed under the same approval: ${changes.join(", ")}`;
      tell(report, certain, { text }, true);
    } else if (wasApproved && isApproved && isBefore(facts, data, at)) {
      tell(report, certain, { text: "a plan came back with an approval that is older than the one before" }, true);
    } else if (delivered && changes.length > 0) {
      const text = `a plan that is being delivered was changed under its own UID: ${changes.join(", ")}`;
      tell(report, grave, { text });
    } else if (delivered && wasApproved && !isApproved) {
      tell(report, uncommon, { text: "a plan that is being delivered lost its approval" });
    }
  }

  /** A plan that is not known by its UID: has its approval been given to another? */
  #assessLineage(seen: Observation, told: Treatment, facts: Facts, report: Report): void {
    const rows = (told.refers_to ?? []).map((uid) => {
      hashText(`${seen.event.tenant ?? ""}\0${uid}`, 0, this.#key);
      return this.#plans.known(this.#key);
    });
    const known = rows.filter((at) => at >= 0 && this.#plans.data[at + plan.units] !== 0);
    const borrowed = this.#lineage.borrowed(seen, told, facts, { data: this.#plans.data, rows: known });
    if (!borrowed) {
      this.#assessCopy(seen, told, report);
      return;
    }
    const text = `a plan under a new UID has the approval of another plan of the patient, from which it differs: ${borrowed.changes.join(", ")}`;
    if (borrowed.isSuccessor) tell(report, certain, { text }, true);
    else tell(report, uncommon + 3, { text });
  }

  /**
   * A plan that comes approved, while another is being delivered to the patient that was not seen itself: is it a copy of
   * that one, with an approval from before its delivery?
   */
  #assessCopy(seen: Observation, told: Treatment, report: Report): void {
    const given = approvedAt(told);
    const current = seen.patients[0] && this.#delivery.of(seen.patients[0]);
    if (told.approval !== "APPROVED" || given === undefined || !current) return;
    const isItself = current.plan.high === this.#plan.high && current.plan.low === this.#plan.low;
    const at = this.#plans.known(current.plan);
    const wasSeen = at >= 0 && this.#plans.data[at + plan.units] !== 0;
    if (isItself || wasSeen || given + zone > current.since) return;
    const pairs: [number, number][] = [];
    for (const { metersets = {} } of told.fraction_groups ?? []) {
      for (const [number, units] of Object.entries(metersets)) {
        const at = this.#beamRow(Number(number), current.plan);
        const delivered = at < 0 ? 0 : this.#beams.data[at + beam.units]!;
        if (units > 0 && delivered > 0) pairs.push([units, delivered]);
      }
    }
    const isCopy = likeness(pairs) >= alike;
    const text = isCopy
      ? "a plan under a new UID is a copy of the one being delivered, and has an approval that is older than its delivery"
      : "a plan came approved under an approval that is older than the delivery of the patient's other plan";
    tell(report, isCopy ? certain : uncommon, { text }, isCopy || undefined);
  }

  /** A plan of which only records were seen so far. */
  #assessAgainstRecords(seen: Observation, { fraction_groups = [] }: Treatment, at: number, report: Report): void {
    for (const { metersets = {} } of fraction_groups) {
      for (const [number, units] of Object.entries(metersets)) {
        const row = this.#beamRow(Number(number));
        const specified = row < 0 ? 0 : this.#beams.data[row + beam.units]!;
        if (!(specified > 0) || Math.abs(units - specified) <= allowance(specified)) continue;
        const text = `a plan asks for ${amount(units)} MU of beam ${number}, its records so far for ${amount(specified)}`;
        const isAgreed = this.#plans.data[at]! >= agreed;
        tell(report, isAgreed ? certain : grave, { text, observed: units, expected: specified }, isAgreed || undefined);
      }
    }
    if (seen.event.activity !== "update") return;
    const [, , , records, replaced] = this.#learnt as [number, number, number, number, number];
    const nats = Math.min(8, Math.log((records + 2) / (replaced + 1)));
    const text = "a plan that is being delivered was replaced under its own UID; what it said before is not known";
    report({ entity: "principal", nats, level: true, reason: () => ({ detector: "treatment", technique, text }) });
  }

  /** A plan from one who seldom or never stores plans. */
  #assessStorer(seen: Observation, told: Treatment, report: Report): void {
    const at = this.#storers.known(seen.principal);
    const own = at < 0 ? 0 : this.#storers.data[at + storer.plans]!;
    const all = this.#learnt[0]!;
    const nats = Math.min(8, Math.log((all + 2) / (own + 1)));
    if (own >= 3 || nats < 1) return;
    const approved = told.approval === "APPROVED" ? "an approved plan" : "a plan";
    tell(report, nats, {
      text: `${seen.actor} stored ${approved}, which it has done ${Math.round(own)} times of ${Math.round(all)}`,
      observed: own,
      expected: all,
    });
  }

  #assessRecord(seen: Observation, told: Treatment, report: Report): void {
    if (seen.event.activity === "update") {
      tell(report, grave, { text: "a treatment record was changed after it had been stored" });
    }
    const at = this.#plans.known(this.#plan);
    if (at < 0) return;
    const { data } = this.#plans;
    if (data[at + plan.approval] === unapproved || data[at + plan.approval] === rejected) {
      tell(report, certain, { text: "a plan without approval was delivered" }, true);
    }
    this.#assessFraction(told, data, at, report);
    for (const one of told.delivered ?? []) this.#assessBeam(told, one, report);
  }

  #assessFraction({ fraction }: Treatment, data: Float32Array, at: number, report: Report): void {
    if (fraction === undefined) return;
    const planned = data[at + plan.fractions]!;
    const last = data[at + plan.last]!;
    const facts = { observed: fraction, expected: planned };
    if (planned > 0 && fraction > planned)
      tell(report, grave, { text: `a record tells of fraction ${fraction}, the plan has ${planned}`, ...facts });
    if (last > 0 && fraction < last)
      tell(report, uncommon + 1, {
        text: `fraction ${fraction} was recorded after fraction ${last}`,
        observed: fraction,
        expected: last,
      });
    if (last > 0 && fraction > last + 1)
      tell(report, uncommon - 2, {
        text: `fraction ${fraction} was recorded, the last known is ${last}`,
        observed: fraction,
        expected: last + 1,
      });
  }

  #assessBeam({ fraction = 0 }: Treatment, one: NonNullable<Treatment["delivered"]>[number], report: Report): void {
    const at = this.#beamRow(one.beam);
    if (at < 0) {
      tell(report, grave, { text: `a record tells of beam ${one.beam}, which its plan does not have` });
      return;
    }
    const { data } = this.#beams;
    const planned = data[at + beam.units]!;
    const { specified = planned, delivered } = one;
    const asked = Math.abs(specified - planned);
    if (planned > 0 && asked > allowance(planned))
      tell(report, grave + Math.min(mostNats - grave, (asked / planned) * 20), {
        text: `beam ${one.beam} was to give ${amount(specified)} MU, its plan says ${amount(planned)}`,
        observed: specified,
        expected: planned,
      });
    if (delivered === undefined || !(planned > 0)) return;
    const before = data[at + beam.fraction] === fraction ? data[at + beam.delivered]! : 0;
    const total = before + delivered;
    const over = total - planned;
    if (over > allowance(planned)) {
      const deviation = Math.max(leastDeviation, Math.sqrt(this.#learnt[1]!));
      const nats = Math.min(mostNats, (over / planned / deviation) ** 2 / 2);
      const text = `beam ${one.beam} of fraction ${fraction} has been given ${amount(total)} MU, its plan says ${amount(planned)}`;
      tell(report, nats, { text, observed: total, expected: planned });
    } else if (Math.abs(over) < 0.05 * planned) this.#deviations.push(over / planned);
  }

  learn(seen: Observation, weight: number): void {
    const treatment = believable(seen.event);
    if (!treatment || !seen.ok) return;
    if (treatment.kind === "plan") this.#learnPlan(seen, treatment, weight);
    else this.#learnRecord(seen, treatment, weight);
  }

  /**
   * What was found anomalous does not become the reference: the plan that was known stays it. An approval that contradicts
   * nothing counts, however odd it is that this account gave it: the machine that delivers the plan is not to blame.
   */
  #learnPlan(seen: Observation, told: Treatment, ordinary: number): void {
    const weight = this.#isDoubted ? ordinary : 1;
    const storers = this.#storers.of(seen.principal, seen.time);
    this.#storers.data[storers] = this.#storers.data[storers + storer.plans]! += ordinary;
    this.#storers.touch(storers, seen.time);
    this.#learnt[0]! += ordinary;
    const before = this.#plans.known(this.#plan);
    const wasUnseen = before >= 0 && this.#plans.data[before + plan.units] === 0;
    if (wasUnseen && seen.event.activity === "update") this.#learnt[4]! += weight;
    if (before >= 0 && this.#plans.data[before + plan.units] !== 0 && weight < 0.5) return;
    const at = this.#plans.of(this.#plan, seen.time);
    const { data } = this.#plans;
    const facts = factsOf(told);
    data[at] = data[at]! + 1;
    keepFacts(data, at, facts);
    this.#plans.touch(at, seen.time);
    if (weight >= 0.5) this.#lineage.learn(seen, told, facts);
    for (const { metersets = {} } of told.fraction_groups ?? []) {
      for (const [number, units] of Object.entries(metersets)) this.#learnBeam(Number(number), units, seen.time);
    }
  }

  #learnBeam(number: number, units: number, time: number): void {
    this.#beamKey(number);
    const at = this.#beams.of(this.#key, time);
    this.#beams.data[at] = 1;
    this.#beams.data[at + beam.units] = units;
    this.#beams.touch(at, time);
  }

  #learnRecord(seen: Observation, told: Treatment, weight: number): void {
    this.#learnt[3]! += weight;
    for (const deviation of this.#deviations) {
      const count = Math.min(memory, this.#learnt[2]! + weight);
      this.#learnt[1]! += ((deviation ** 2 - this.#learnt[1]!) * weight) / count;
      this.#learnt[2] = count;
    }
    if (weight < 0.5) return;
    const isKnown = this.#plans.known(this.#plan) >= 0;
    const at = this.#plans.of(this.#plan, seen.time);
    const { fraction = 0 } = told;
    const { data } = this.#plans;
    for (const { beam: number, specified, type } of isKnown ? [] : (told.delivered ?? [])) {
      if (specified !== undefined && type !== "CONTINUATION") this.#learnBeam(number, specified, seen.time);
    }
    data[at + plan.last] = Math.max(data[at + plan.last]!, fraction || 1);
    data[at]! += 1;
    this.#plans.touch(at, seen.time);
    if (seen.patients[0]) this.#delivery.delivered(seen.patients[0], this.#plan, seen.time);
    for (const one of told.delivered ?? []) {
      const row = this.#beamRow(one.beam);
      if (row < 0) continue;
      const beams = this.#beams.data;
      const same = beams[row + beam.fraction] === fraction;
      beams[row + beam.delivered] = (same ? beams[row + beam.delivered]! : 0) + (one.delivered ?? 0);
      beams[row + beam.fraction] = fraction;
      this.#beams.touch(row, seen.time);
    }
  }

  #beamKey(number: number, of: Hash64 = this.#plan): void {
    this.#number.high = Math.imul(number | 0, 0x9e3779b1) >>> 0;
    this.#number.low = number >>> 0;
    combine(of, this.#number, this.#key);
  }

  #beamRow(number: number, of: Hash64 = this.#plan): number {
    this.#beamKey(number, of);
    return this.#beams.known(this.#key);
  }

  get bytes(): number {
    return this.#plans.bytes + this.#beams.bytes + this.#lineage.bytes + this.#delivery.bytes + this.#storers.bytes;
  }

  save(out: SnapshotWriter): void {
    for (const rows of [this.#plans, this.#beams, this.#lineage, this.#delivery, this.#storers]) rows.save(out);
    out.numbers(this.#learnt);
  }

  load(input: SnapshotReader): void {
    for (const rows of [this.#plans, this.#beams, this.#lineage, this.#delivery, this.#storers]) rows.load(input);
    this.#learnt = input.numbers(5);
  }
}

function allowance(planned: number): number {
  return Math.max(tolerance.units, planned * tolerance.share);
}

function tell(report: Report, nats: number, reason: Omit<Reason, "detector">, invariant?: true): void {
  report({
    entity: "principal",
    nats,
    ...(invariant ? { invariant } : {}),
    reason: () => ({ detector: "treatment", technique, ...reason }),
  });
}

const amount = (value: number): string => String(Math.round(value * 10) / 10);
