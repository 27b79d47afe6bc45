/** What a verification says. */
export interface Problem {
  /** `witness`: what a witness has cosigned is not what stands here. */
  part: "journal" | "checkpoint" | "witness" | "segment" | "object";
  /** The journal entry that is wrong, or whose object is. */
  entry?: number;
  segment?: number;
  offset?: number;
  message: string;
  /** The disk failed as it was read: that says nothing of what is on it. */
  unread?: boolean;
}

/** What is known of one pinned witness. */
export interface WitnessReport {
  name: string;
  /** Journal entries that it has cosigned, and when, ms since 1970; absent: no cosignature was found. */
  entries?: number;
  time?: number;
  /** Whether it was asked itself, or only the archive's own file. */
  asked: boolean;
}

export interface VerifyReport {
  ok: boolean;
  entries: number;
  checkpoints: number;
  objects: number;
  /** Of them those whose patient's key was destroyed: nobody can read or check them. */
  erased: number;
  /** Of them those whose bytes were given back after their retention. */
  collected: number;
  bytes: number;
  witnesses: WitnessReport[];
  /** In order of the journal entries they concern; the first is the first that is wrong. */
  problems: Problem[];
}

export interface VerifyProgress {
  stage: "journal" | "objects";
  bytes: number;
  totalBytes: number;
}
