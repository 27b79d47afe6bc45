export { type ArchiveOptions, type OpenArchive, openArchive, type Recoverable } from "./archive.ts";
export { heldContext } from "./held.ts";
export { type LegalHold, legalHolds } from "./holds.ts";
export { defaultKeyFile } from "./keys.ts";
export * from "./types.ts";
export type { Amendment } from "./writer/protocol.ts";
