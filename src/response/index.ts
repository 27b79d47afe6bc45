/** Response: from findings to alerts, containment and messages to the outside. */

export type { Finding, FindingPort, Reason, Subject } from "./finding.ts";
export * from "./policy/index.ts";
export * from "./safeguards/index.ts";
