/** What the bench prints. */
import type { Quarter } from "./benign.ts";
import type { Outcome } from "./outcome.ts";
import { poissonInterval, quantile } from "./statistics.ts";

/** Days of a new department that are told apart. */
export const firstDays = 14;

export interface BenignFigures {
  quarters: number;
  weeks: number;
  alertsPerWeek: number;
  interval: [number, number];
  worstQuarter: { family: string; seed: number; alertsPerWeek: number } | undefined;
  firstDaysPerWeek: number;
  lockOuts: number;
  broken: number;
  events: number;
  microsecondsPerEvent: number;
  /** Of an event, µs: the worst quarter's. */
  p99: number;
}

export function benignFigures(quarters: readonly Quarter[]): BenignFigures {
  const rates = quarters.map(({ family, seed, alerts, weeks }) => {
    const later = alerts.filter(({ day }) => day >= firstDays).length;
    return { family, seed, later, weeks: weeks - firstDays / 7, early: alerts.length - later };
  });
  const sum = (value: (rate: (typeof rates)[number]) => number): number =>
    rates.reduce((total, each) => total + value(each), 0);
  const [later, weeks] = [sum((rate) => rate.later), sum((rate) => rate.weeks)];
  const [low, high] = poissonInterval(later);
  const worst = rates.toSorted((a, b) => b.later / b.weeks - a.later / a.weeks)[0];
  const events = quarters.reduce((total, quarter) => total + quarter.events, 0);
  return {
    quarters: quarters.length,
    weeks,
    alertsPerWeek: later / weeks,
    interval: [low / weeks, high / weeks],
    worstQuarter: worst && { family: worst.family, seed: worst.seed, alertsPerWeek: worst.later / worst.weeks },
    firstDaysPerWeek: sum((rate) => rate.early) / ((quarters.length * firstDays) / 7),
    lockOuts: quarters.reduce((total, { lockOuts }) => total + lockOuts, 0),
    broken: quarters.reduce((total, { broken }) => total + broken, 0),
    events,
    p99: Math.max(...quarters.map(({ p99 }) => p99)),
    microsecondsPerEvent: (1e6 * quarters.reduce((total, { seconds }) => total + seconds, 0)) / events,
  };
}

export function benignText(figures: BenignFigures): string {
  const { quarters, weeks, alertsPerWeek, interval, worstQuarter, firstDaysPerWeek, lockOuts } = figures;
  const two = (value: number): string => value.toFixed(2);
  return [
    `benign: ${quarters} department-quarters, ${figures.events} events, ${figures.broken} broken lines`,
    `  false alerts a week after day ${firstDays}: ${two(alertsPerWeek)} (95 %: ${interval.map(two).join(" to ")}; ${weeks.toFixed(0)} weeks)`,
    `  worst quarter: ${worstQuarter ? `${two(worstQuarter.alertsPerWeek)} a week (${worstQuarter.family} ${worstQuarter.seed})` : "none"}`,
    `  first ${firstDays} days: ${two(firstDaysPerWeek)} a week`,
    `  clinical identities that would have been contained by themselves: ${lockOuts}`,
    `  ${figures.microsecondsPerEvent.toFixed(1)} µs an event, p99 ${figures.p99.toFixed(0)} µs`,
  ].join("\n");
}

export interface KindFigures {
  kind: string;
  runs: number;
  found: number;
  delay: { p50: number; p95: number; max: number };
  touched: { p50: number; p95: number; max: number };
  /** Of the archive, at the median and at most; for what leaks. */
  leaked: { bytesMax: number; shareP50: number; shareMax: number } | undefined;
  withinDay: number;
  explained: number;
  automatic: number;
  /** Found of run by speed. */
  bySpeed: { speed: number; found: number; runs: number }[];
  byStealth: { stealth: number; found: number; runs: number }[];
  unit: string;
}

/** Delays and objects are those of what was found; objects of what was not count as all that it touched. */
export function kindFigures(outcomes: readonly Outcome[]): KindFigures[] {
  return [...Map.groupBy(outcomes, ({ kind }) => kind)].map(([kind, runs]) => {
    const found = runs.filter((run) => run.found !== undefined);
    const leaks = runs[0]!.goal === "leak";
    const shares = runs.map(({ bytes, archive }) => bytes / archive.bytes);
    return {
      kind,
      unit: runs[0]!.unit,
      runs: runs.length,
      found: found.length,
      delay: spread(found.map((run) => run.found!.delay)),
      touched: spread(runs.map(({ touched }) => touched)),
      leaked: leaks
        ? {
            bytesMax: Math.max(...runs.map(({ bytes }) => bytes)),
            shareP50: quantile(shares, 0.5),
            shareMax: Math.max(...shares),
          }
        : undefined,
      withinDay: found.filter((run) => run.found!.delay <= 86_400).length,
      explained: found.filter((run) => run.found!.explained).length,
      automatic: found.filter((run) => run.found!.automatic).length,
      bySpeed: counted(runs, "speed").map(({ value, ...rest }) => ({ speed: value, ...rest })),
      byStealth: counted(runs, "stealth").map(({ value, ...rest }) => ({ stealth: value, ...rest })),
    };
  });
}

function counted(runs: readonly Outcome[], by: "speed" | "stealth"): { value: number; found: number; runs: number }[] {
  return [...Map.groupBy(runs, (run) => run[by])]
    .map(([value, group]) => ({ value, found: group.filter(({ found }) => found).length, runs: group.length }))
    .sort((a, b) => a.value - b.value);
}

function spread(values: readonly number[]): { p50: number; p95: number; max: number } {
  return { p50: quantile(values, 0.5), p95: quantile(values, 0.95), max: quantile(values, 1) };
}

export function kindsText(figures: readonly KindFigures[]): string {
  const head =
    "kind                         found  in 1 d   delay p50/p95/max         objects p50/p95/max   technique  contained  leaked p50/max";
  return [head, ...figures.flatMap(kindText)].join("\n");
}

function kindText({
  kind,
  found,
  runs,
  delay,
  touched,
  leaked,
  withinDay,
  explained,
  automatic,
  bySpeed,
  byStealth,
  unit,
}: KindFigures): string[] {
  const cells = [
    kind.padEnd(27),
    `${found}/${runs}`.padStart(7),
    String(withinDay).padStart(6),
    `  ${[delay.p50, delay.p95, delay.max].map(duration).join(" / ")}`.padEnd(27),
    [touched.p50, touched.p95, touched.max].map(String).join(" / ").padEnd(22),
    `${explained}/${found}`.padEnd(10),
    `${automatic}/${found}`.padEnd(10),
    leaked ? `${percent(leaked.shareP50)} / ${percent(leaked.shareMax)}` : "",
  ];
  const speeds = bySpeed.map(({ speed, found: hits, runs: all }) => `${speed}: ${hits}/${all}`).join("  ");
  const stealths = byStealth.map(({ stealth, found: hits, runs: all }) => `${stealth}: ${hits}/${all}`).join("  ");
  return [cells.join(" ").trimEnd(), `    by speed (${unit})  ${speeds}    by stealth  ${stealths}`];
}

export function duration(seconds: number): string {
  if (Number.isNaN(seconds)) return "-";
  if (seconds < 120) return `${seconds.toFixed(1)}s`;
  if (seconds < 7_200) return `${(seconds / 60).toFixed(0)}min`;
  return seconds < 172_800 ? `${(seconds / 3_600).toFixed(1)}h` : `${(seconds / 86_400).toFixed(1)}d`;
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
