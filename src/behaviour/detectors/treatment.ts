/**
 * Treatment integrity: what plans prescribe and records tell, compared with what was known before.
 *
 * Contradictions are judged by the rules of the objects themselves (PS3.3 C.8.8.14 fraction scheme, C.8.8.16 approval,
 * C.8.8.21 session record): an approval covers the content that it was given for, a record follows its plan. How far a
 * delivered meterset may lie from the specified one is learnt from the stream: a Gaussian of the relative deviation,
 * within a tolerance. Who stores plans is learnt as a frequency with Dirichlet back-off.
 */

import type { AccessEvent, Treatment } from "../../core/index.ts";
import { combine, type Hash64, hashText } from "../stats/hash.ts";
import { mark, Rows } from "../stats/rows.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Detector, DetectorLimits, Evidence, Reason } from "./detector.ts";
import type { Observation } from "./observation.ts";

/** MU below which, and share of the meterset within which, a difference is rounding. */
const tolerance = { units: 0.3, share: 0.005 };
/** Nats. Certain contradictions are invariants; the others are rare in practice but happen. */
const certain = 25;
const grave = 12;
const uncommon = 5;
/** Least standard deviation of delivered against specified, as a share. */
const leastDeviation = 0.002;
const memory = 2_000;
const mostNats = 30;
/** MU and fractions beyond this are no treatment. */
const mostAmount = 1e6;
const technique = "T1565.001"; // Stored Data Manipulation

/** Row of a plan: worth, approval, its day and second and by whom, marks of metersets and geometry, fractions planned, the last delivered. */
const plan = {
  approval: 1,
  day: 2,
  second: 3,
  by: 4,
  units: 5,
  geometry: 6,
  fractions: 7,
  last: 8,
  floats: 9,
} as const;
const kept = ["approval", "day", "second", "by", "units", "geometry", "fractions"] as const;
/** Row of a planned beam: worth, MU, fraction last delivered and how much of it. */
const beam = { units: 1, fraction: 2, delivered: 3, floats: 4 } as const;
/** Row of a principal: plans stored that were found ordinary. */
const storer = { plans: 1, floats: 2 } as const;
const approvals = ["", "UNAPPROVED", "APPROVED", "REJECTED"];

type Report = (evidence: Evidence) => void;

export class TreatmentIntegrity implements Detector {
  readonly name = "treatment";
  readonly keepsFacts = true;
  readonly #plans: Rows;
  readonly #beams: Rows;
  readonly #storers: Rows;
  /** Plans stored in all; mean square of the relative deviation of complete deliveries, and how many. */
  #learnt = [0, leastDeviation ** 2, 1];
  /** Of the last record, until it is learnt. */
  readonly #deviations: number[] = [];
  readonly #key: Hash64 = { high: 0, low: 0 };
  readonly #plan: Hash64 = { high: 0, low: 0 };
  readonly #number: Hash64 = { high: 0, low: 0 };

  constructor({ entities, objects }: DetectorLimits) {
    const plans = Math.max(1_024, objects >> 4);
    this.#plans = new Rows(plans, plan.floats, 365 * 86_400);
    this.#beams = new Rows(plans * 8, beam.floats, 365 * 86_400);
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
    const at = this.#plans.known(this.#plan);
    if (at < 0) return;
    const { data } = this.#plans;
    if (data[at + plan.units] === 0) {
      this.#assessAgainstRecords(told, report);
      return;
    }
    const facts = factsOf(told);
    const changes = changesOf(data, at, facts);
    const wasApproved = data[at + plan.approval] === approvals.indexOf("APPROVED");
    const isApproved = facts.approval === approvals.indexOf("APPROVED");
    const sameApproval = (["day", "second", "by"] as const).every((key) => data[at + plan[key]] === facts[key]);
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

  /** A plan of which only records were seen so far. */
  #assessAgainstRecords({ fraction_groups = [] }: Treatment, report: Report): void {
    for (const { metersets = {} } of fraction_groups) {
      for (const [number, units] of Object.entries(metersets)) {
        const at = this.#beamRow(Number(number));
        const specified = at < 0 ? 0 : this.#beams.data[at + beam.units]!;
        if (!(specified > 0) || Math.abs(units - specified) <= allowance(specified)) continue;
        const text = `a plan asks for ${amount(units)} MU of beam ${number}, its records so far for ${amount(specified)}`;
        tell(report, grave, { text, observed: units, expected: specified });
      }
    }
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
    if (
      data[at + plan.approval] === approvals.indexOf("UNAPPROVED") ||
      data[at + plan.approval] === approvals.indexOf("REJECTED")
    ) {
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

  /** What was found anomalous does not become the reference: the plan that was known stays it. */
  #learnPlan(seen: Observation, told: Treatment, weight: number): void {
    const storers = this.#storers.of(seen.principal, seen.time);
    this.#storers.data[storers] = this.#storers.data[storers + storer.plans]! += weight;
    this.#storers.touch(storers, seen.time);
    this.#learnt[0]! += weight;
    const before = this.#plans.known(this.#plan);
    if (before >= 0 && this.#plans.data[before + plan.units] !== 0 && weight < 0.5) return;
    const at = this.#plans.of(this.#plan, seen.time);
    const { data } = this.#plans;
    const facts = factsOf(told);
    data[at] = data[at]! + 1;
    for (const key of kept) data[at + plan[key]] = facts[key];
    this.#plans.touch(at, seen.time);
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
    for (const { beam: number, specified } of isKnown ? [] : (told.delivered ?? [])) {
      if (specified !== undefined) this.#learnBeam(number, specified, seen.time);
    }
    data[at + plan.last] = Math.max(data[at + plan.last]!, fraction || 1);
    data[at]! += 1;
    this.#plans.touch(at, seen.time);
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

  #beamKey(number: number): void {
    this.#number.high = Math.imul(number | 0, 0x9e3779b1) >>> 0;
    this.#number.low = number >>> 0;
    combine(this.#plan, this.#number, this.#key);
  }

  #beamRow(number: number): number {
    this.#beamKey(number);
    return this.#beams.known(this.#key);
  }

  get bytes(): number {
    return this.#plans.bytes + this.#beams.bytes + this.#storers.bytes;
  }

  save(out: SnapshotWriter): void {
    for (const rows of [this.#plans, this.#beams, this.#storers]) rows.save(out);
    out.numbers(this.#learnt);
  }

  load(input: SnapshotReader): void {
    for (const rows of [this.#plans, this.#beams, this.#storers]) rows.load(input);
    this.#learnt = input.numbers(3);
  }
}

type Facts = Record<(typeof kept)[number], number>;

/** Without numbers that no treatment has; undefined where nothing is to be compared. */
function believable({ treatment, activity }: AccessEvent): Treatment | undefined {
  if (!treatment?.plan_uid || activity === "duplicate") return undefined;
  const { fraction, delivered, ...rest } = treatment;
  const groups = treatment.fraction_groups?.map(({ number, fractions, metersets }) => ({
    number,
    ...(isAmount(fractions) ? { fractions } : {}),
    ...(metersets ? { metersets: Object.fromEntries(Object.entries(metersets).filter(([, mu]) => isAmount(mu))) } : {}),
  }));
  return {
    ...rest,
    ...(isAmount(fraction) ? { fraction } : {}),
    ...(groups ? { fraction_groups: groups } : {}),
    ...(delivered
      ? { delivered: delivered.filter((one) => [one.specified ?? 0, one.delivered ?? 0, one.beam].every(isAmount)) }
      : {}),
  };
}

function isAmount(value: number | undefined): value is number {
  return value !== undefined && value >= 0 && value < mostAmount;
}

function factsOf({ approval = "", approved_at, approved_by, fraction_groups = [], beams = [] }: Treatment): Facts {
  const [day = "", clock = ""] = (approved_at ?? "").split(" ");
  return {
    approval: Math.max(0, approvals.indexOf(approval)),
    day: dayOf(day),
    second: secondOf(clock),
    by: approved_by ? markOf(approved_by) : 0,
    units: markOf(fraction_groups.map(({ number, metersets = {} }) => `${number}:${JSON.stringify(metersets)}`).join()),
    geometry: markOf(
      beams
        .map(({ number, geometry, energy = "", machine = "" }) => `${number}:${geometry}:${energy}:${machine}`)
        .join(),
    ),
    fractions: fraction_groups.reduce((sum, { fractions = 0 }) => sum + fractions, 0),
  };
}

function changesOf(data: Float32Array, at: number, facts: Facts): string[] {
  const changes: string[] = [];
  if (data[at + plan.units] !== facts.units) changes.push("monitor units");
  if (data[at + plan.geometry] !== facts.geometry) changes.push("beams or their geometry");
  if (data[at + plan.fractions] !== facts.fractions)
    changes.push(`fractions from ${data[at + plan.fractions]} to ${facts.fractions}`);
  return changes;
}

/** Days since 2000, about: they order and tell apart. */
function dayOf(date: string): number {
  const [year, month, day] = [date.slice(0, 4), date.slice(4, 6), date.slice(6, 8)].map(Number);
  return ((year || 2000) - 2000) * 372 + (month || 0) * 31 + (day || 0);
}

function secondOf(clock: string): number {
  const [hours, minutes, seconds] = [clock.slice(0, 2), clock.slice(2, 4), clock.slice(4, 6)].map(Number);
  return (hours || 0) * 3_600 + (minutes || 0) * 60 + (seconds || 0);
}

function isBefore(facts: Facts, data: Float32Array, at: number): boolean {
  const days = facts.day - data[at + plan.day]!;
  return days < 0 || (days === 0 && facts.second < data[at + plan.second]!);
}

const scratch: Hash64 = { high: 0, low: 0 };
function markOf(text: string): number {
  hashText(text, 0, scratch);
  return mark(scratch.high ^ scratch.low);
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
