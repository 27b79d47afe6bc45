/** The behaviour engine: pure functions of the event stream. No clock, no I/O, no labels; bounded memory. */

export { type Alarm, Alerter, type AlertOptions, defaultAlertOptions } from "./alerting/alerter.ts";
export type { Detector, DetectorLimits, EntityKind, Evidence, Reason } from "./detectors/detector.ts";
export { type DetectorMaker, detectorMakers, detectorNames } from "./detectors/registry.ts";
export { EdgeEngine, type EdgeEngineOptions } from "./edge-engine.ts";
export {
  type Assessment,
  actorOf,
  defaultEventLimits,
  EventEngine,
  type EventEngineOptions,
} from "./event-engine.ts";
export {
  type ContainmentLevel,
  containmentLevels,
  type EventAlert,
  type Finding as EventFinding,
} from "./events/alert.ts";
export type { Verdict } from "./events/feedback.ts";
export type { PlannedWork } from "./events/plans.ts";
export { explain, technique } from "./explain.ts";
export type { Finding } from "./relation/finding.ts";
export { defaultLimits, Relation, type RelationLimits } from "./relation/relation.ts";
export { type Hash64, hashBytes, hashText } from "./stats/hash.ts";
export { SnapshotReader, SnapshotWriter } from "./stats/snapshot.ts";
