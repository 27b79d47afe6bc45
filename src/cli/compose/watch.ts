/** Joins the behaviour engine to response, and response to what the gate permits. */
import type { OpenArchive } from "../../archive/index.ts";
import type { Clock } from "../../core/index.ts";
import type { Gate } from "../../gate/index.ts";
import { findingsOfRemark, type Responder, subjectOf } from "../../response/index.ts";
import type { BehaviourFeed } from "../../response/live/index.ts";

/** What happened longer ago, ms, is history that the engine catches up with: nobody is contained for it. */
const recent = 10 * 60_000;

/** @returns what ends it */
export function joinResponse(
  feed: BehaviourFeed | undefined,
  responder: Responder,
  gate: Gate,
  archive: Pick<OpenArchive, "flush">,
  clock: Clock,
): () => void {
  const unheard = gate.onPermit((principal, action) => responder.acted(principal, action));
  const unfed = feed?.subscribe({
    remark(remark) {
      if (!remark.live && clock() - Date.parse(remark.event.time) > recent) return;
      const subject = subjectOf(remark.event, gate);
      if (!subject) return;
      for (const finding of findingsOfRemark(remark, subject)) responder.observe(finding);
      return archive.flush();
    },
  });
  return () => {
    unheard();
    unfed?.();
  };
}
