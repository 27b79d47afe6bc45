/** One journal entry through the engine. Shared by the running engine and by a plain replay, so that they agree. */
import type { Assessment, EventEngine } from "../../behaviour/index.ts";
import type { StateChange } from "../../catalogue/index.ts";
import type { AccessEvent } from "../../core/index.ts";
import { type Directed, heed } from "./directives.ts";

export interface Assessed {
  event: AccessEvent;
  /** Absent when the engine could not take it. */
  assessment?: Assessment;
}

/**
 * Undefined for an entry that records no access (the archive's first). What an entry tells the engine to heed counts from
 * the next entry on: no announcement covers itself.
 */
export function assessEntry(
  engine: Pick<EventEngine, "assess"> & Directed,
  entry: { seq: number; payload: Buffer },
): Assessed | undefined {
  const record = JSON.parse(entry.payload.toString()) as { event?: AccessEvent; changes?: StateChange[] };
  const { event, changes } = record;
  if (!event) return undefined;
  try {
    return { event, assessment: engine.assess(event, entry.seq) };
  } catch {
    return { event }; // the same on every replay; one event that it chokes on must not silence it
  } finally {
    if (changes) heed(engine, changes);
  }
}

/** At alert level, whether it raises an alert or joins one. */
export function isRemarkable({ reasons, alarm }: Assessment): boolean {
  return alarm !== undefined || reasons.length > 0;
}
