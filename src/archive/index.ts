export { type ArchiveOptions, type OpenArchive, openArchive, type Recoverable } from "./archive.ts";
export type { Collection } from "./collecting.ts";
export { heldContext } from "./held.ts";
export { type LegalHold, legalHolds } from "./holds.ts";
export { KeyKeeping, type KeyState } from "./keeping.ts";
export { defaultKeyFile, upgradeKeyFile } from "./keys.ts";
export { type Retention, retentionCollection } from "./retention.ts";
export * from "./types.ts";
export type { Amendment, KeyExchange } from "./writer/protocol.ts";
