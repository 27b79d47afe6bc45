/** Every attack by speed and stealth: the curve of recall, and what it took until each was found. */
import type { Outcome } from "./outcome.ts";
import { duration } from "./report.ts";
import { quantile } from "./statistics.ts";

/** A table in Markdown: found of run, then median delay and objects of those found. */
export function gridText(outcomes: readonly Outcome[]): string {
  const stealths = [...new Set(outcomes.map(({ stealth }) => stealth))].sort((a, b) => a - b);
  const head = ["attack", "speed", ...stealths.map((stealth) => `stealth ${stealth}`)];
  const rows = [...Map.groupBy(outcomes, ({ kind, unit }) => `${kind} (${unit})`)].flatMap(([kind, runs]) =>
    [...Map.groupBy(runs, ({ speed }) => speed)]
      .sort(([a], [b]) => a - b)
      .map(([speed, same], place) => [
        place === 0 ? kind : "",
        String(speed),
        ...stealths.map((stealth) => cell(same.filter((run) => run.stealth === stealth))),
      ]),
  );
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function cell(runs: readonly Outcome[]): string {
  if (runs.length === 0) return "";
  const found = runs.filter((run) => run.found !== undefined);
  const share = `${found.length}/${runs.length}`;
  if (found.length === 0) return share;
  const delays = found.map((run) => run.found!.delay);
  return `${share}, ${duration(quantile(delays, 0.5))}, ${quantile(
    found.map(({ touched }) => touched),
    0.5,
  )}`;
}
