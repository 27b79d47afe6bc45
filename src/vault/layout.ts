/** Names and places in the data folder; the disk format is specified in docs/format/. */
import { join } from "node:path";

/** 2: objects under patients' keys. Archives of 1 are read, and go on as they are until they get a root key. */
export const formatVersion = 2;

export interface Layout {
  root: string;
  manifest: string;
  /** The manifest of an archive whose first start is not over: its key file may be there or not. */
  begun: string;
  lock: string;
  journal: string;
  checkpoints: string;
  /** Checkpoints as witnesses cosigned them. */
  cosignatures: string;
  vault: string;
  catalogue: string;
  /** What the behaviour engine has learnt; can be deleted and rebuilt from the journal. */
  behaviour: string;
}

export function layoutOf(root: string): Layout {
  return {
    root,
    manifest: join(root, "holdfast.json"),
    begun: join(root, "holdfast.json.begun"),
    lock: join(root, "lock"),
    journal: join(root, "journal"),
    checkpoints: join(root, "journal", "checkpoints"),
    cosignatures: join(root, "journal", "cosignatures"),
    vault: join(root, "vault"),
    catalogue: join(root, "catalogue", "catalogue.sqlite"),
    behaviour: join(root, "behaviour", "engine.snapshot"),
  };
}

const journalName = /^(\d{16})\.hfj$/;
const segmentName = /^(\d{8})\.hfs$/;

/** A journal file is named by the sequence number of its first entry. */
export const journalFile = (firstSeq: number): string => `${String(firstSeq).padStart(16, "0")}.hfj`;
export const segmentFile = (segment: number): string => `${String(segment).padStart(8, "0")}.hfs`;
export const spoolFile = (segment: number): string => `${segmentFile(segment)}.spool`;

export const journalSeqOf = (name: string): number | undefined => numberOf(journalName, name);
export const segmentOf = (name: string): number | undefined => numberOf(segmentName, name);

function numberOf(pattern: RegExp, name: string): number | undefined {
  const match = pattern.exec(name);
  return match ? Number(match[1]) : undefined;
}
