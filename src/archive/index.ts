export { type ArchiveOptions, type OpenArchive, openArchive } from "./archive.ts";
export { heldContext } from "./held.ts";
export { defaultKeyFile } from "./keys.ts";
export * from "./types.ts";
