/** Response: from findings to alerts, containment and messages to the outside. */

export * from "./alerts/index.ts";
export * from "./containment/index.ts";
export { type CopyState, CopyWatch } from "./copies.ts";
export * from "./directives/index.ts";
export { canAct, clinicOf, subjectOf, subjectOfAccount } from "./directory.ts";
export { ResponseFigures } from "./figures.ts";
export type { Finding, FindingPort, Reason, Subject } from "./finding.ts";
export { type GrantsWatchOptions, watchGrants } from "./grants.ts";
export { lateness } from "./late.ts";
export * from "./policy/index.ts";
export { findingsOfRemark } from "./remark.ts";
export { type Happening, Responder, type ResponderOptions } from "./responder.ts";
export * from "./routing/index.ts";
export * from "./safeguards/index.ts";
