/** What the running engine says of an event, as a finding. */
import type { Finding, Subject } from "./finding.ts";
import type { Remark } from "./live/index.ts";

/** Nats from which a detector speaks for itself. */
const speaks = 3;
const mostReasons = 8;

export function findingOfRemark({ event, assessment, journaled }: Remark, subject: Subject): Finding {
  const { alarm, findings, risk, technique } = assessment;
  const telling = findings.filter(({ nats, invariant }) => invariant || nats >= speaks);
  const uid = event.metadata?.uid;
  return {
    time: journaled,
    subject,
    risk: alarm ? Math.max(alarm.risk, risk) : risk,
    evidence: [...new Set([...(alarm?.evidence ?? []), ...telling.map(({ detector }) => detector)])],
    invariant: alarm?.invariant === true || findings.some(({ invariant }) => invariant),
    reasons: (alarm?.reasons ?? telling.map(({ reason }) => reason)).slice(0, mostReasons),
    ...(technique === undefined ? {} : { technique }),
    ...(event.count?.objects === undefined ? {} : { objects: event.count.objects }),
    ...(uid === undefined ? {} : { events: [uid] }),
  };
}
