/** All seeds together, beside the targets. */
import { type Kind, kinds, type Phase } from "./others.ts";
import type { Outcome } from "./run.ts";
import { isDestructive, objectsAttacked, type Scenario, speeds } from "./scenario.ts";

export interface Figure {
  name: string;
  value: number;
  target?: number;
}

export interface Report {
  runs: number;
  objects: number;
  figures: Figure[];
  missed: string[];
  groups: Record<string, Group>;
  /** p50 and p99, ms. */
  latency: Record<Phase, Partial<Record<Kind, [number, number]>>>;
  wrong: string[];
  failures: string[];
}

interface Group {
  runs: number;
  contained: number;
  /** Median, p95. */
  touched: [number, number];
  seconds: [number, number];
  assessedSeconds: [number, number];
}

export function reportOf(outcomes: readonly Outcome[]): Report {
  const destructive = outcomes.filter(({ scenario }) => isDestructive(scenario));
  const taking = outcomes.filter(({ scenario }) => !isDestructive(scenario));
  const all = groupOf(outcomes);
  const broken = groupOf(destructive);
  const taken = groupOf(taking);
  const failures = outcomes.flatMap(({ seed, work }) => work.failed.map((kind) => `${kind} (seed ${seed})`));
  const wrong = outcomes.flatMap((one) => one.wrong.map((who) => `${who} (seed ${one.seed})`));
  const gate = outcomes.flatMap((one) => one.gate);
  const figures: Figure[] = [
    { name: "not contained", value: all.runs - all.contained, target: 0 },
    { name: "objects touched by destructive attacks, median", value: broken.touched[0], target: 10 },
    { name: "objects touched by destructive attacks, p95", value: broken.touched[1], target: 50 },
    { name: "objects taken by exfiltration, median", value: taken.touched[0] },
    { name: "objects taken by exfiltration, p95", value: taken.touched[1] },
    { name: "seconds from the first hostile act, median", value: all.seconds[0] },
    { name: "seconds from the first hostile act, p95", value: all.seconds[1] },
    { name: "seconds from the first assessment at alert level, median", value: all.assessedSeconds[0] },
    { name: "seconds from the first assessment at alert level, p95", value: all.assessedSeconds[1] },
    { name: "ms from an assessment to the gate, median", value: quantile(gate, 0.5) },
    { name: "ms from an assessment to the gate, p99", value: quantile(gate, 0.99), target: 100 },
    { name: "others' failed operations", value: failures.length, target: 0 },
    { name: "others' added latency at p99, %", value: addedLatency(outcomes), target: 10 },
    { name: "wrong containments", value: wrong.length, target: 0 },
    { name: "prior versions not readable", value: sum(outcomes.map(({ unreadable }) => unreadable)), target: 0 },
  ];
  const missed = figures.filter(({ value, target }) => target !== undefined && !(value <= target));
  return {
    ...{ runs: outcomes.length, objects: objectsAttacked, figures, missed: missed.map(({ name }) => name) },
    groups: groupsOf(outcomes),
    latency: { before: latencyOf(outcomes, "before"), during: latencyOf(outcomes, "during") },
    ...{ wrong, failures },
  };
}

function groupsOf(outcomes: readonly Outcome[]): Record<string, Group> {
  const by = (nameOf: (scenario: Scenario) => string) =>
    [...Map.groupBy(outcomes, ({ scenario }) => nameOf(scenario))]
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([name, list]): [string, Group] => [name, groupOf(list)]);
  return Object.fromEntries([
    ...by(({ who, what, over }) => `${who} ${what} ${over}`),
    ...by(({ speed }) => `${speeds.indexOf(speed) + 1}: ${speed.name}`),
  ]);
}

function groupOf(list: readonly Outcome[]): Group {
  const pair = (numbers: number[]): [number, number] => [quantile(numbers, 0.5), quantile(numbers, 0.95)];
  return {
    runs: list.length,
    contained: list.filter(({ contained }) => contained).length,
    touched: pair(list.map(({ touched }) => touched)),
    seconds: pair(list.flatMap(({ fromAct }) => fromAct ?? [])),
    assessedSeconds: pair(list.flatMap(({ fromAssessed }) => fromAssessed ?? [])),
  };
}

/** Kinds of operation take unlike times: each is measured by its own median before the attack, so that all may be pooled. */
function addedLatency(outcomes: readonly Outcome[]): number {
  const pooled = (phase: Phase) =>
    kinds.flatMap((kind) => {
      const usual = quantile(times(outcomes, "before", kind), 0.5);
      return times(outcomes, phase, kind).map((took) => took / usual);
    });
  return Math.round((quantile(pooled("during"), 0.99) / quantile(pooled("before"), 0.99) - 1) * 1000) / 10;
}

function latencyOf(outcomes: readonly Outcome[], phase: Phase): Partial<Record<Kind, [number, number]>> {
  const pair = (list: number[]): [number, number] => [round(quantile(list, 0.5)), round(quantile(list, 0.99))];
  return Object.fromEntries(kinds.map((kind) => [kind, pair(times(outcomes, phase, kind))]));
}

const times = (outcomes: readonly Outcome[], phase: Phase, kind: Kind): number[] =>
  outcomes.flatMap(({ work }) => work.took[phase][kind]);

/** NaN of nothing. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);
const round = (value: number): number => Math.round(value * 10) / 10;

export function textOf({ runs, objects, figures, groups, latency, wrong, failures, missed }: Report): string {
  const pair = (numbers: readonly number[] | undefined) => numbers?.map((one) => round(one)).join(" / ") ?? "";
  const lines = [
    `${runs} attacks on ${objects} objects, half of them by vendors`,
    ...figures.map(
      ({ name, value, target }) => `  ${name}: ${round(value)}${target === undefined ? "" : ` (target ${target})`}`,
    ),
    "objects touched, seconds from the first act to the containment (median / p95), contained:",
    ...Object.entries(groups).map(
      ([name, one]) => `  ${name}: ${pair(one.touched)}, ${pair(one.seconds)} s, ${one.contained} of ${one.runs}`,
    ),
    "others' operations, ms (p50 / p99), before and during the attack:",
    ...kinds.map((kind) => `  ${kind}: ${pair(latency.before[kind])}; ${pair(latency.during[kind])}`),
    ...(wrong.length > 0 ? [`wrongly contained: ${wrong.join(", ")}`] : []),
    ...(failures.length > 0 ? [`failed: ${failures.join(", ")}`] : []),
    missed.length > 0 ? `MISSED: ${missed.join("; ")}` : "all targets met",
  ];
  return `${lines.join("\n")}\n`;
}
