/** The vault: immutable segments of encrypted objects, and the hash-chained journal of everything that happened. */
export { type ArrivalMemory, Arrivals, type SegmentPart } from "./arrivals.ts";
export { Bandwidth } from "./bandwidth.ts";
export { collectedIn } from "./collect/collected.ts";
export { Needs, type NeedsRecord } from "./collect/needs.ts";
export { removeSegments } from "./collect/remove.ts";
export { type Series, SeriesTree } from "./collect/series-tree.ts";
export { makeFolder, publish, replaceFile, syncFolder } from "./durable.ts";
export { openCheckpoint, verifierKey } from "./journal/checkpoint.ts";
export { listJournal } from "./journal/file.ts";
export { type EntryPlace, type JournalPayload, readJournal, readPlaced } from "./journal/reader.ts";
export { JournalTail } from "./journal/tail.ts";
export { JournalWriter } from "./journal/writer.ts";
export type { KeyChanges } from "./keys/changes.ts";
export { type CopyNote, lastCopy, noteCopy } from "./keys/copies.ts";
export { JournaledKeys } from "./keys/journaled-keys.ts";
export { type KeyFile, newRootKey, parseKeyFile, readingKeyFile } from "./keys/key-file.ts";
export { encodeKeyFile, KeyStore } from "./keys/key-store.ts";
export { Keyring, pooled, type RandomBytes } from "./keys/keyring.ts";
export {
  clinicPurpose,
  type KeyTable,
  ObjectKeys,
  type PatientKey,
  patientPurpose,
  rootPurpose,
  type WrappedClinicKey,
  type WrappedPatientKey,
} from "./keys/object-keys.ts";
export { type Layout, layoutOf, segmentFile } from "./layout.ts";
export { lockFolder } from "./lock.ts";
export {
  createKeyFile,
  type Manifest,
  openKeyFile,
  originOf,
  raiseFormat,
  readKeyring,
  readManifest,
  writeManifest,
} from "./manifest.ts";
export { algorithms, parseVerifier } from "./note.ts";
export type { CompressionPolicy } from "./object/builder.ts";
export { OpenRecord, openRecord, type RecordLocation } from "./object/reader.ts";
export { Remote, type RemoteAnswer, type RemoteOptions } from "./remote/client.ts";
export { assertWhole, type Restoring, readRestoring } from "./restoring.ts";
export { SegmentFiles } from "./segment/cache.ts";
export { IncomingObject } from "./segment/incoming.ts";
export { type FinishedObject, SegmentWriter } from "./segment/writer.ts";
export { Ledger, type SegmentLedger } from "./verify/ledger.ts";
export type { Problem, VerifyProgress, VerifyReport } from "./verify/report.ts";
export { verifySegment } from "./verify/segment.ts";
export { type VerifyOptions, verifyArchive } from "./verify/verify.ts";
