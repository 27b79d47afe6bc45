/** An archive in the hands of the process that owns its folder: more than protocols may ask for. */
import type { JournalEntry, TreatedPatient } from "../catalogue/index.ts";
import type { Collecting } from "./collecting.ts";
import type { Erasures } from "./erasures.ts";
import type { KeyKeeping } from "./keeping.ts";
import type { Archive } from "./types.ts";
import type { Amendment, Cataloguing } from "./writer/protocol.ts";

/** What recovery asks of an archive: the whole record, and repairs to it. */
export interface Recoverable {
  /** The journal as it is on disk, from its first entry or that with the number given; others are appended meanwhile. */
  journal(from?: number): AsyncIterable<JournalEntry>;
  /** Writes repairs; the places of those that somebody else was before. */
  amend(amendments: Amendment[]): Promise<number[]>;
  flush(): Promise<void>;
  /** How long what is hidden of a clinic's stays at least, ms: as configured, or longer where the clinic says so. */
  retentionOf(tenant: string): number;
  /** As configured, ms. */
  readonly leastRetention: number;
}

export interface OpenArchive extends Archive, Recoverable {
  /**
   * Of all clinics: who has a plan stored within the last ten weeks (a course of 40 fractions and its preparation), or a
   * treatment record within the last three.
   */
  patientsOnTreatment(): Promise<(TreatedPatient & { tenant: string })[]>;
  readonly id: string;
  readonly dataFolder: string;
  readonly keyFile: string;
  readonly keyCreated: boolean;
  /** Names of files in the journal's folder in which the opening has kept what broken writes had left. */
  readonly setAside: string[];
  /** How far a restored archive is catalogued, in entries; undefined: wholly. Until then some patients are read, and nothing is taken. */
  readonly cataloguing: Cataloguing | undefined;
  /** The whole catalogue is there. */
  readonly catalogued: Promise<void>;
  readonly keeping: KeyKeeping;
  readonly collecting: Collecting;
  readonly erasures: Erasures;
  /** One 64-bit number that other threads may wait on: the journal's durable entries. */
  readonly durableEntries: SharedArrayBuffer;
}
