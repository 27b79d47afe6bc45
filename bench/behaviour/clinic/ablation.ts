/** What changes when a detector is left out, in a few lines. */
import type { BenignFigures, KindFigures } from "./report.ts";

export interface Result {
  disabled: readonly string[];
  benign: BenignFigures | undefined;
  kinds: KindFigures[];
}

export function ablationText(whole: Result, without: Result): string {
  const count = ({ kinds }: Result): number => kinds.reduce((sum, { found }) => sum + found, 0);
  const runs = whole.kinds.reduce((sum, kind) => sum + kind.runs, 0);
  const rate = ({ benign }: Result): string =>
    benign ? `, ${benign.alertsPerWeek.toFixed(2)} false alerts a week` : "";
  const changes = whole.kinds.flatMap((kind) => {
    const other = without.kinds.find((each) => each.kind === kind.kind);
    const found = (other?.found ?? 0) - kind.found;
    return found === 0 ? [] : [`${kind.kind} ${found > 0 ? "+" : ""}${found}`];
  });
  const head = `without ${without.disabled.join(", ")}: ${count(without)} of ${runs} found${rate(without)}`;
  return `${head} (with it ${count(whole)}${rate(whole)})\n  ${changes.join(", ") || "no kind changes"}`;
}
