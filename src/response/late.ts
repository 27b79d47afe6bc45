/**
 * What the engine can look at only when the archive is back. An attack just before an outage raises its alert then; whether
 * anybody is contained for it depends on how long ago it is, and on whether who did it could go on.
 */
import type { Finding } from "./finding.ts";
import type { Remark } from "./live/index.ts";

/** ms: what is older than this when it is assessed is late. */
const recent = 10 * 60_000;
/** ms: what is older than this is for a person to decide, as no alert joins it any more. */
const longAgo = 36 * 3_600_000;

/**
 * What its findings say of their lateness; undefined of history that an earlier process has dealt with.
 * @param now ms since 1970
 * @param canAct who did it would be let in now
 */
export function lateness(
  { live, reread, journaled }: Pick<Remark, "live" | "reread" | "journaled">,
  now: number,
  canAct: boolean,
): Pick<Finding, "late" | "onlyAsks"> | undefined {
  const late = now - journaled;
  if (live || late <= recent) return {};
  if (reread) return undefined;
  return { late, ...(late > longAgo || !canAct ? { onlyAsks: true } : {}) };
}
