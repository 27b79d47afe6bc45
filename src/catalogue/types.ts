/** What the catalogue is built from: the journal's records. Nothing else goes in, so it can be deleted and rebuilt. */
import type { AccessEvent, Level } from "../core/index.ts";
import type { KeyChanges } from "../vault/index.ts";

/** Where bytes lie in the vault; opaque above `src/vault`. */
export interface VaultLocation {
  segment: number;
  offset: number;
  length: number;
}

/** An object version as recorded in the journal. */
export interface StoredObject {
  patientId: string;
  /** Issuer of Patient ID (0010,0021), when given. */
  issuer?: string;
  studyUid: string;
  seriesUid: string;
  sopInstanceUid: string;
  sopClassUid: string;
  transferSyntaxUid: string;
  version: number;
  headerSize: number;
  dataSetSize: number;
  /** SHA-256 of the data set bytes, hex. */
  digest: string;
  /** SHA-256 of the Part 10 header bytes, hex: with `digest` it names the whole file. */
  headerDigest: string;
  /** Part 10 header (and the data set, unless `data` points elsewhere). */
  location: VaultLocation;
  /** Record that holds the data set when these bytes were stored before. */
  data?: VaultLocation;
  /** Number of the patient's key that its records are wrapped by; absent: the master key. */
  key?: number;
  /** DICOM JSON of the indexed attributes of all levels (see catalogue/attributes.ts). */
  attributes: Record<string, { vr: string; Value?: unknown[] }>;
}

export type JournalRecord =
  | { kind: "genesis"; archive: string; format: number }
  | { kind: "access"; event: AccessEvent }
  /** `released`: the entry by which it was held back before. */
  | { kind: "store"; event: AccessEvent; object: StoredObject; released?: number }
  /** Durable and invisible: its sender's writes are held back by a containment. */
  | { kind: "held"; event: AccessEvent; object: StoredObject; containment: string }
  /** Held objects that will never become visible; `retainUntil` as of a tombstone. */
  | { kind: "discard"; event: AccessEvent; entries: number[]; retainUntil?: number }
  | { kind: "delete"; event: AccessEvent; target: DeleteTarget }
  | { kind: "restore"; event: AccessEvent; target: DeleteTarget }
  /** Sound DICOM that is kept apart and never served, e.g. with an executable in its preamble. */
  | { kind: "quarantine"; event: AccessEvent; location: VaultLocation }
  /** Segments whose bytes may be given back: retention of all in them has passed. Their files go after it. */
  | { kind: "collect"; event: AccessEvent; segments: number[] }
  /** Keys of the hierarchy root ▸ clinic ▸ patient; without an event where a store made the patient's. */
  | ({ kind: "keys"; event?: AccessEvent } & KeyChanges)
  /** What the archive is run by (peers, accounts, keys, containments …) changed. */
  | { kind: "state"; event: AccessEvent; changes: StateChange[] };

/** One value put under a key of a collection; `null` removes it. Secrets only as hashes or sealed. */
export interface StateChange {
  collection: string;
  key: string;
  value: unknown;
}

export interface DeleteTarget {
  level: Level;
  patientId?: string;
  studyUid?: string;
  seriesUid?: string;
  sopInstanceUid?: string;
  reason?: string;
  /** The retention lock: until then (ms since 1970) nobody can have the hidden bytes destroyed. Set when the tombstone is. */
  retainUntil?: number;
}

/** An object that a containment holds back; `entry` names it. */
export interface HeldObject {
  entry: number;
  containment: string;
  /** Absent: the default one. */
  tenant?: string;
  event: AccessEvent;
  object: StoredObject;
}

/** A journal record with its place in the chain. `time`: ms since 1970, never decreasing along `seq`. */
export interface JournalEntry {
  seq: number;
  time: number;
  record: JournalRecord;
}

/** What `CatalogueWriter.current` tells of the newest version of an instance. */
export interface CurrentInstance {
  version: number;
  digest: string;
  headerDigest: string;
  transferSyntaxUid: string;
  /** A tombstone hides it. */
  deleted: boolean;
  /** Where it lies, and the number of the key that wraps it (0: the master key); absent while that is not known yet. */
  segments?: number[];
  key?: number;
}

export type DicomJson = Record<string, { vr: string; Value?: unknown[]; BulkDataURI?: string; InlineBinary?: string }>;

/** Addresses part of the archive; `at` (ms since 1970) reads it as it was then. An empty target is everything. */
export interface Target {
  patientId?: string;
  studyUid?: string[];
  seriesUid?: string[];
  sopInstanceUid?: string[];
  /** A single older version of one instance; absent: the current one (or the one at `at`). */
  version?: number;
  at?: number;
}

/** One stored version of one SOP instance. */
export interface InstanceRef {
  patientId: string;
  studyUid: string;
  seriesUid: string;
  sopInstanceUid: string;
  sopClassUid: string;
  transferSyntaxUid: string;
  version: number;
  /** Bytes of the Part 10 header (preamble, DICM, group 2) and of the data set behind it. */
  headerSize: number;
  dataSetSize: number;
  /** SHA-256 of the data set bytes, hex: the entity tag of the instance. */
  digest: string;
  /** Number of Frames, 1 when absent. */
  frames: number;
  /** When it was stored, ms since 1970. */
  storedAt: number;
  location: unknown;
}

/** A query at one level. Keys are DICOM JSON with matching values as in PS3.4 C.2.2.2 (wildcards, ranges, UID lists); empty values are return keys. */
export interface ArchiveQuery {
  level: Level;
  keys: DicomJson;
  at?: number;
  limit?: number;
  offset?: number;
  /** Names of persons match by the beginnings of their words. */
  fuzzy?: boolean;
  /** Ranges of Study Date and Study Time are one range from date and time to date and time (PS3.4 C.2.2.2.5.1). */
  combinedDateTime?: boolean;
  /** Return every attribute the catalogue holds at this level and above. */
  includeAll?: boolean;
  /** Also return the attributes of the levels above (QIDO does for relational queries). */
  relational?: boolean;
}

export interface QueryPage {
  /** One DICOM JSON object per match, already serialised: responses are sent without re-encoding. */
  matches: string[];
  /** More would have matched beyond `limit`. */
  more: boolean;
  /** Keys that were not used for matching (a warning in QIDO, 0xFF01 in C-FIND). */
  unsupported: string[];
  /** A restore goes on, and some patients only are catalogued: there may be more. */
  partial?: true;
}

export interface ArchiveStatistics {
  patients: number;
  studies: number;
  series: number;
  instances: number;
  versions: number;
  bytes: number;
  journalEntries: number;
}
