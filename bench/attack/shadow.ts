/** What a policy in shadow would have done: so that an operator sees what switching it on changes. */
import { quantile } from "./report.ts";
import type { Outcome } from "./run.ts";
import { isDestructive } from "./scenario.ts";

export interface ShadowReport {
  runs: number;
  /** Contained in fact: by what ordinary work does not do at all. */
  contained: number;
  /** Would have been, or were. */
  would: number;
  /** Objects destroyed and taken until then, median and p95; all that were touched where it never would. */
  destroyed: [number, number];
  taken: [number, number];
  actions: Record<string, number>;
  /** Others on whom it would have acted. */
  wrong: string[];
}

export function shadowReportOf(outcomes: readonly Outcome[]): ShadowReport {
  const shadows = outcomes.flatMap(({ shadow, ...outcome }) => (shadow ? [{ ...outcome, shadow }] : []));
  const touched = (destructive: boolean) =>
    shadows.filter(({ scenario }) => isDestructive(scenario) === destructive).map(({ shadow }) => shadow.touched);
  const pair = (numbers: number[]): [number, number] => [quantile(numbers, 0.5), quantile(numbers, 0.95)];
  const actions = shadows.flatMap(({ shadow }) => [...new Set(shadow.actions)]);
  return {
    runs: shadows.length,
    contained: shadows.filter(({ contained }) => contained).length,
    would: shadows.filter(({ shadow }) => shadow.fromAct !== undefined).length,
    destroyed: pair(touched(true)),
    taken: pair(touched(false)),
    actions: Object.fromEntries(
      Map.groupBy(actions, (action) => action)
        .entries()
        .map(([action, all]) => [action, all.length]),
    ),
    wrong: shadows.flatMap(({ seed, shadow }) => shadow.others.map((who) => `${who} (seed ${seed})`)),
  };
}

export function shadowTextOf({ runs, contained, would, destroyed, taken, actions, wrong }: ShadowReport): string {
  if (runs === 0) return "";
  const done = Object.entries(actions).map(([action, count]) => `${action} ${count}`);
  const lines = [
    `the policy of a new installation, ${runs} attacks:`,
    `  contained: ${contained} (it acts by itself on invariants alone); would have been: ${would} (${done.join(", ")})`,
    `  objects destroyed until then, median / p95: ${destroyed.join(" / ")}; taken: ${taken.join(" / ")}`,
    `  others on whom it would have acted: ${wrong.length === 0 ? 0 : wrong.join(", ")}`,
  ];
  return `${lines.join("\n")}\n`;
}
