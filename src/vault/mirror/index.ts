/** Mirroring: what an origin shows of its data folder, and the copy that follows it. */

export type { PulledEntry } from "./entries.ts";
export { Follower, type FollowerOptions, type MirrorSink, type Progress } from "./follower.ts";
export { chunksOf, firstBytes, rangeFrom } from "./range.ts";
export { type MirroredFile, openMirrored } from "./source.ts";
