/**
 * The behaviour engine at work in `serve`, on a thread of its own. It stands in response, which lives on what it finds:
 * the engine itself stays a pure function, and the archive above knows of it no more than that its journal is followed.
 */
export { assessEntry, isRemarkable } from "./assess.ts";
export { type BehaviourOptions, type LiveBehaviour, startBehaviour } from "./client.ts";
export { directiveKey, directives } from "./directives.ts";
export {
  type BehaviourFeed,
  type BehaviourListener,
  type BehaviourState,
  type Latency,
  quantile,
  type Remark,
} from "./feed.ts";
export { readSnapshot, type SnapshotFacts } from "./snapshot-file.ts";
