/** What the running engine says of an event, as findings. */
import type { Finding, Subject } from "./finding.ts";
import type { Remark } from "./live/index.ts";

/** Nats from which a detector speaks for itself. */
const speaks = 3;
const mostReasons = 8;
const mostTogether = 64;
/** Where alerts begin. */
const alertRisk = 0.5;

/**
 * What speaks against whoever acted, and apart from it what speaks against others: everybody together may behave oddly
 * at an event whose actor does what they always do, and nobody is to be contained for the company they keep.
 */
export function findingsOfRemark(remark: Remark, subject: Subject): Finding[] {
  const { alarm, findings, ownRisk } = remark.assessment;
  const isOwn = alarm?.kind === "principal";
  const found: Finding[] = [];
  const own = findings.filter(({ kind }) => kind === "principal");
  if (isOwn || ownRisk >= alertRisk || own.some(({ invariant }) => invariant))
    found.push(ownFinding(remark, subject, isOwn ? alarm : undefined));
  if (alarm && !isOwn) found.push(otherFinding(remark, subject, alarm));
  return found;
}

type Alarm = NonNullable<Remark["assessment"]["alarm"]>;

function ownFinding(remark: Remark, subject: Subject, alarm: Alarm | undefined): Finding {
  const { actor, findings, ownRisk, automatic, technique } = remark.assessment;
  const telling = findings.filter(({ kind, nats, invariant }) => kind === "principal" && (invariant || nats >= speaks));
  return {
    ...common(remark, subject),
    actors: [actor],
    ...(alarm ? { level: alarm.level, ...togetherIn(alarm) } : {}),
    risk: Math.max(alarm?.risk ?? 0, ownRisk),
    evidence: [...new Set([...(alarm?.evidence ?? []), ...telling.map(({ detector }) => detector)])],
    invariant: alarm?.invariant === true || telling.some(({ invariant }) => invariant),
    automatic: automatic || alarm?.automatic === true,
    reasons: (alarm?.reasons ?? telling.map(({ reason }) => reason)).slice(0, mostReasons),
    ...(technique === undefined ? {} : { technique }),
  };
}

function otherFinding(remark: Remark, subject: Subject, alarm: Alarm): Finding {
  const { kind, risk, evidence, invariant, automatic, reasons, technique } = alarm;
  return {
    ...common(remark, subject),
    ...(kind === "principal" ? {} : { about: kind }),
    ...togetherIn(alarm),
    ...{ risk, evidence, invariant, automatic, technique, reasons: reasons.slice(0, mostReasons) },
  };
}

const togetherIn = ({ actors }: Alarm): Pick<Finding, "together"> =>
  actors.length > 1 ? { together: actors.slice(0, mostTogether) } : {};

function common({ event, journaled, seq, assessed }: Remark, subject: Subject) {
  const uid = event.metadata?.uid;
  return {
    time: journaled,
    subject,
    entry: seq,
    assessed,
    ...(event.count?.objects === undefined ? {} : { objects: event.count.objects }),
    ...(uid === undefined ? {} : { events: [uid] }),
  };
}
