/** What alerts, containment and what the engine is told answer. */
import { containmentLevels } from "../../behaviour/index.ts";
import { activities } from "../../core/index.ts";
import { containmentActions, principalKinds, roles, targetKinds } from "../../gate/index.ts";
import { alertStates, closureReasons, modes } from "../../response/index.ts";
import { count, date, flag, list, listOf, moment, oneOf, shape, share, word, words } from "./shapes.ts";

const target = shape({ kind: oneOf(targetKinds), id: word });
const measure = {
  action: oneOf(containmentActions),
  target,
};
const decision = shape({
  policy: count,
  rule: word,
  mode: oneOf(modes),
  measures: listOf(
    shape(
      { ...measure, outcome: oneOf(["would", "asked", "taken", "declined"]), at: moment },
      { minutes: { type: "number" }, perMinute: count, containment: word },
    ),
  ),
});

const number = { type: "number" } as const;
const reason = shape(
  { detector: word, text: word },
  { observed: number, expected: number, peer: number, technique: word },
);

const subject = shape(
  { principal: word, kind: oneOf(principalKinds), roles: listOf(oneOf(roles)), tenant: word },
  { vendor: word, host: word, critical: flag },
);

export const alert = shape(
  {
    ...{ id: word, seq: count, incident: word, state: oneOf(alertStates), time: moment, raisedAt: moment },
    ...{ updatedAt: moment, subject, risk: share, evidence: words, invariant: flag, reasons: listOf(reason) },
    findings: count,
    comments: listOf(shape({ by: word, at: moment, text: word })),
  },
  {
    about: { ...oneOf(["host", "vendor", "tenant", "object"]), description: "it speaks against this, not the subject" },
    automatic: flag,
    level: { ...oneOf(containmentLevels), description: "what the engine would do" },
    technique: { type: "string", description: "MITRE ATT&CK" },
    objects: count,
    events: words,
    actors: { ...words, description: "names of the subject in access events" },
    together: { ...words, description: "whom the engine sees at work together" },
    entry: { ...count, description: "journal entry of the last finding in it" },
    entries: { ...listOf(count), description: "journal entries at which it was found, the latest 256" },
    assessed: moment,
    late: { ...count, description: "ms that passed until it could be looked at: the archive was down" },
    onlyAsks: { ...flag, description: "long ago, or by somebody who can do nothing more: a person decides" },
    review: { type: "string", description: "what waits for review: emergency access, or a copy of the archive" },
    assignee: word,
    decision,
    closure: shape({ reason: oneOf(closureReasons), by: word, at: moment }),
  },
);

/** An access event without whom and what it touched. */
export const alertEvent = shape(
  { entry: count, time: date, activity: oneOf(activities), status: word, protocol: word, operation: word },
  {
    ...{ user: word, claimedUser: word, app: word, ip: word, objects: count, studies: count, patients: count },
    ...{ bytesIn: count, bytesOut: count, modality: word, code: { type: "string", description: "docs/errors.md" } },
  },
);

export const incident = shape({
  ...{ id: word, open: flag, risk: share, since: moment, updatedAt: moment },
  ...{ alerts: words, subjects: words, techniques: words },
});

export const containment = shape(
  {
    ...{ id: word, seq: count, ...measure, since: moment, reason: word, contact: word, by: word },
    state: oneOf(["active", "released", "expired"]),
  },
  {
    ...{ until: moment, incident: word, alert: word, tenant: word, perMinute: count, critical: flag },
    asked: { ...oneOf(containmentActions), description: "what a safeguard made milder" },
    assessed: { ...moment, description: "the assessment of the engine that it follows from" },
    because: words,
    message: { type: "string", description: "what whoever it stands on is told; of a single one only" },
    ended: shape({ at: moment, by: word, reason: word }),
  },
);

export const mine = list("containments", shape({ action: oneOf(containmentActions), since: moment, message: word }));

/** docs/response-policy.schema.json says the rest. */
export const policy = {
  type: "object",
  additionalProperties: true,
  required: ["version", "contact", "rules", "examples"],
  properties: { version: count, contact: word, rules: { type: "array" }, examples: { type: "array" } },
};

export const verdict = shape({
  ...{ id: word, alert: word, actor: word, verdict: oneOf(["benign", "malicious"]), detectors: words, reason: word },
  ...{ tenant: word, by: word, at: moment, until: number },
});

export const plannedWork = shape(
  {
    ...{ id: word, tenant: word, names: words, hosts: words, activities: listOf(oneOf(activities)), reason: word },
    ...{ from: number, until: number, by: word, at: moment },
  },
  { vendorSession: word },
);
