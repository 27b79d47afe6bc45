/** A live read-only copy of another archive. */
export { type CopyReaders, MirroredArchive, openCopy } from "./archive.ts";
export { MirrorClient, type MirrorEvents } from "./client.ts";
export type { MirrorProgress, MirrorSettings } from "./protocol.ts";
