/**
 * What a plan says, as numbers that a row of 32-bit floats holds exactly: its approval (PS3.3 C.8.8.16) and marks of what
 * the approval covers, metersets, beams and fractions (C.8.8.13, C.8.8.14).
 */
import type { AccessEvent, Treatment } from "../../core/index.ts";
import { type Hash64, hashText } from "../stats/hash.ts";
import { mark } from "../stats/rows.ts";

/** Places in a row: approval, its day and second and by whom, marks of metersets and geometry, fractions planned. */
export const factAt = { approval: 1, day: 2, second: 3, by: 4, units: 5, geometry: 6, fractions: 7 } as const;
export const factsEnd = 8;
export type Facts = Record<keyof typeof factAt, number>;

const kept = Object.keys(factAt) as (keyof Facts)[];
const approvals = ["", "UNAPPROVED", "APPROVED", "REJECTED"];
export const [unapproved, approved, rejected] = [1, 2, 3] as const;
/** MU and fractions beyond this are no treatment. */
const mostAmount = 1e6;

export function keepFacts(data: Float32Array, at: number, facts: Facts): void {
  for (const key of kept) data[at + factAt[key]] = facts[key];
}

/** Given by the same reviewer in the same second, both of which are stated. */
export function isSameApproval(facts: Facts, data: Float32Array, at: number): boolean {
  return (["day", "second", "by"] as const).every((key) => data[at + factAt[key]] === facts[key]);
}

/** Without numbers that no treatment has; undefined where nothing is to be compared. */
export function believable({ treatment, activity }: AccessEvent): Treatment | undefined {
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

export function factsOf({
  approval = "",
  approved_at,
  approved_by,
  fraction_groups = [],
  beams = [],
}: Treatment): Facts {
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

export function changesOf(data: Float32Array, at: number, facts: Facts): string[] {
  const changes: string[] = [];
  if (data[at + factAt.units] !== facts.units) changes.push("monitor units");
  if (data[at + factAt.geometry] !== facts.geometry) changes.push("beams or their geometry");
  if (data[at + factAt.fractions] !== facts.fractions)
    changes.push(`fractions from ${data[at + factAt.fractions]} to ${facts.fractions}`);
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

/** When an approval was given, seconds since 1970 as if its clock were UTC; undefined where it is not stated. */
export function approvedAt({ approved_at = "" }: Treatment): number | undefined {
  const [, year, month, day, hours = "0", minutes = "0"] =
    /^(\d{4})(\d\d)(\d\d)(?: (\d\d)(\d\d)?)?/.exec(approved_at) ?? [];
  if (day === undefined) return undefined;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hours), Number(minutes)) / 1_000;
}

export function isBefore(facts: Facts, data: Float32Array, at: number): boolean {
  const days = facts.day - data[at + factAt.day]!;
  return days < 0 || (days === 0 && facts.second < data[at + factAt.second]!);
}

const scratch: Hash64 = { high: 0, low: 0 };
export function markOf(text: string): number {
  hashText(text, 0, scratch);
  return mark(scratch.high ^ scratch.low);
}
