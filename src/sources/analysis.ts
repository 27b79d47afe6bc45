/** What an analysis is asked and what it answers. */
import type { InputFile } from "./files.ts";
import type { Format } from "./formats/index.ts";
import type { Identities } from "./identities.ts";

/** Takes whole lines; the bytes may be reused once the promise resolves. */
export type LineOutput = (lines: Uint8Array) => Promise<void>;

export interface AnalyzeOptions {
  format: Format;
  files: InputFile[];
  scores: LineOutput;
  alerts?: LineOutput;
  /** Length of a unit of integer times that are not since 1970. */
  tickSeconds: number;
  /** False alerts a week that are acceptable. */
  alertsPerWeek: number;
  /** Of the hashes of names. */
  seed: number;
  /** SHA-256 (hex) of patient ids and UIDs that nobody has a reason to touch. */
  canaries?: readonly string[];
  /** Names that are one identity; of events, edges keep theirs. */
  identities?: Identities;
  /** IANA name, of times that a log states without one; UTC unless given. */
  zone?: string | undefined;
  onProgress?: (bytesRead: number, events: number) => void;
}

export interface AnalyzeSummary {
  events: number;
  /** Lines that could not be read; they keep their index, so that indices stay line numbers. */
  broken: number;
  /** Events older than one before them in the input. Edges are then scored as of the latest time seen; others are sorted. */
  outOfOrder: number;
  alerts: number;
}
