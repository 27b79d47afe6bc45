/**
 * What people tell the engine: planned work, and verdicts on alerts. They are settings in the journal like all else that
 * the archive is run by, so that the journal stays the engine's only input, and a replay gives the same state.
 */
import type { EventEngine, PlannedWork, Verdict } from "../../behaviour/index.ts";
import type { StateChange } from "../../catalogue/index.ts";

/** Collections of `Archive.change`; values are a `PlannedWork` and a `Verdict`, null takes them back. */
export const directives = { planned: "planned-work", verdicts: "verdicts" } as const;

/** The key of a directive: the tenant, empty for the default one, and the id. */
export const directiveKey = (tenant: string, id: string): string => `${tenant}/${id}`;

export type Directed = Pick<EventEngine, "announce" | "withdraw" | "judge" | "undo">;

/** Heeds what is sound among the changes; the rest is left out. */
export function heed(engine: Directed, changes: readonly StateChange[]): void {
  for (const { collection, key, value } of changes) {
    const cut = key.indexOf("/");
    if (cut < 0) continue;
    const [tenant, id] = [key.slice(0, cut), key.slice(cut + 1)];
    if (collection === directives.planned) {
      if (value === null) engine.withdraw(tenant, id);
      else if (isPlan(value, id)) engine.announce(tenant, value);
    } else if (collection === directives.verdicts) {
      if (value === null) engine.undo(tenant, id);
      else if (isVerdict(value, id)) engine.judge(tenant, value);
    }
  }
}

function isPlan(value: unknown, id: string): value is PlannedWork {
  const plan = value as Partial<PlannedWork>;
  return (
    isObject(value) &&
    plan.id === id &&
    Number.isFinite(plan.from) &&
    Number.isFinite(plan.to) &&
    [plan.names, plan.hosts, plan.activities].every(isWords) &&
    typeof plan.reason === "string"
  );
}

function isVerdict(value: unknown, id: string): value is Verdict {
  const verdict = value as Partial<Verdict>;
  return (
    isObject(value) &&
    verdict.id === id &&
    typeof verdict.actor === "string" &&
    (verdict.verdict === "benign" || verdict.verdict === "malicious") &&
    isWords(verdict.detectors) &&
    typeof verdict.reason === "string" &&
    Number.isFinite(verdict.expires)
  );
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;
const isWords = (value: unknown): boolean => Array.isArray(value) && value.every((word) => typeof word === "string");
