import type { ErrorCode } from "../../../core/index.ts";

/** One file to import, wherever its bytes come from. */
export interface SourceFile {
  /** As shown to a person: a path, or `media.zip » folder/file`. */
  name: string;
  /** Bytes. */
  size: number;
  /** Changes when the file does (size and time of modification): what an interrupted import has done is known by it. */
  stamp: string;
  /** The person named this very file, so it must not be passed over. */
  named: boolean;
  /** The bytes in order. A chunk is valid only until the next is asked for. */
  read(): AsyncIterable<Uint8Array>;
  /** Called once, when nothing more will be read. */
  done(): void;
}

/** Something listed or lying there that cannot be imported. */
export interface Unreadable {
  name: string;
  code: ErrorCode;
  detail?: string;
}

export type Found = { file: SourceFile } | { unreadable: Unreadable };
