/** Joins the behaviour engine to response, and response to what the gate permits. */
import type { OpenArchive } from "../../archive/index.ts";
import type { Clock } from "../../core/index.ts";
import type { Gate } from "../../gate/index.ts";
import { canAct, findingsOfRemark, lateness, type Responder, subjectOf } from "../../response/index.ts";
import type { BehaviourFeed } from "../../response/live/index.ts";

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
      const subject = subjectOf(remark.event, gate);
      if (!subject) return;
      const late = lateness(remark, clock(), canAct(subject, gate));
      if (!late) return;
      for (const finding of findingsOfRemark(remark, subject)) responder.observe({ ...finding, ...late });
      return archive.flush();
    },
  });
  return () => {
    unheard();
    unfed?.();
  };
}
