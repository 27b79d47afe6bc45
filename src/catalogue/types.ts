/** What the catalogue is built from: the journal's records. Nothing else goes in, so it can be deleted and rebuilt. */
import type { AccessEvent, Level } from "../core/index.ts";

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
  /** DICOM JSON of the indexed attributes of all levels (see catalogue/attributes.ts). */
  attributes: Record<string, { vr: string; Value?: unknown[] }>;
}

export type JournalRecord =
  | { kind: "genesis"; archive: string; format: number }
  | { kind: "access"; event: AccessEvent }
  | { kind: "store"; event: AccessEvent; object: StoredObject }
  | { kind: "delete"; event: AccessEvent; target: DeleteTarget }
  | { kind: "restore"; event: AccessEvent; target: DeleteTarget }
  /** Sound DICOM that is kept apart and never served, e.g. with an executable in its preamble. */
  | { kind: "quarantine"; event: AccessEvent; location: VaultLocation };

export interface DeleteTarget {
  level: Level;
  patientId?: string;
  studyUid?: string;
  seriesUid?: string;
  sopInstanceUid?: string;
  reason?: string;
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
}
