/** What a verification says. */
export interface Problem {
  /** `journal`, `checkpoint`, `segment` or `object`. */
  part: "journal" | "checkpoint" | "segment" | "object";
  /** The journal entry that is wrong, or whose object is. */
  entry?: number;
  segment?: number;
  offset?: number;
  message: string;
}

export interface VerifyReport {
  ok: boolean;
  entries: number;
  checkpoints: number;
  objects: number;
  bytes: number;
  /** In order of the journal entries they concern; the first is the first that is wrong. */
  problems: Problem[];
}

export interface VerifyProgress {
  stage: "journal" | "objects";
  bytes: number;
  totalBytes: number;
}
