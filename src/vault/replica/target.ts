/** Where a replica lies. Things are added under a name and never changed; whoever replicates can do no more than that. */
export interface Stored {
  name: string;
  /** Which of several things under one name, where a name can be written twice. */
  version?: string;
  size: number;
}

export interface ReplicaTarget {
  /** For people: no secrets. */
  readonly place: string;
  /**
   * Durable when it resolves. A name that is there already with these bytes is left alone. `digest`: the bytes' SHA-256
   * (hex) where it is known, so that it is not taken again for the transfer.
   */
  add(name: string, bytes: Buffer, digest?: string): Promise<void>;
  /** Everything under a prefix, all versions, of one name the oldest first; names in order. */
  list(prefix: string): AsyncIterable<Stored>;
  read(stored: Stored): Promise<Buffer>;
  /**
   * What a plain reader of the name gets: anything or nothing, where somebody wrote over it. Spares a listing. `into`:
   * memory for it, which the answer may be a part of.
   */
  newest?(name: string, into?: Buffer): Promise<Buffer | undefined>;
  /** Tries what must never work on a canary of its own; what did work. Undefined: nothing is locked there. */
  probe?(): Promise<string[]>;
  /** When the thing's lock ends, ms since 1970; 0 when it has none. Undefined with `extend`: nothing is locked there. */
  lockedUntil?(stored: Stored): Promise<number>;
  /** Locks the thing until then, ms since 1970. Never shortens. */
  extend?(stored: Stored, until: number): Promise<void>;
  close(): void;
}
