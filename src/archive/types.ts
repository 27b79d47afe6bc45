/**
 * The archive's use-cases as the protocols (DIMSE, HTTP, command line) see them.
 * DICOM attributes cross this border as DICOM JSON (PS3.18 F): keys are eight upper-case hex digits.
 */
import type {
  ArchiveQuery,
  ArchiveStatistics,
  HeldObject,
  InstanceRef,
  QueryPage,
  StateChange,
  Target,
} from "../catalogue/index.ts";
import type { AccessEvent, Actor, ByteSink, Endpoint, ErrorCode, Protocol } from "../core/index.ts";

export type {
  ArchiveQuery,
  ArchiveStatistics,
  DicomJson,
  HeldObject,
  InstanceRef,
  QueryPage,
  StateChange,
  Target,
} from "../catalogue/index.ts";

/** Who asks, over what; goes into every access event. */
export interface RequestContext {
  actor: Actor;
  src: Endpoint;
  dst?: Endpoint;
  protocol: Protocol;
  operation: string;
  /** Set by the archive: the tenant that it is a view of. */
  tenant?: string;
  /** The containment by which a store is held back. */
  held?: string;
}

/** What a store request says about the object before its bytes. */
export interface StoreHint {
  /** `dataset`: data set bytes as on the wire (C-STORE); `file`: a Part 10 file (STOW, import). */
  form: "dataset" | "file";
  /** Required for `dataset`: from the presentation context and the command. */
  transferSyntaxUid?: string;
  sopClassUid?: string;
  sopInstanceUid?: string;
  sourceAeTitle?: string;
  /** STOW to /studies/{uid}: objects of other studies are refused. */
  studyUid?: string;
  /** Stated size, when known. */
  size?: number;
}

export type StoreOutcome =
  | {
      ok: true;
      outcome: "created" | "updated" | "duplicate";
      studyUid: string;
      seriesUid: string;
      sopClassUid: string;
      sopInstanceUid: string;
      version: number;
      bytes: number;
      /** Irregularities that were tolerated. */
      warnings: ErrorCode[];
    }
  | {
      ok: false;
      code: ErrorCode;
      sopClassUid?: string;
      sopInstanceUid?: string;
      detail?: string;
      quarantined: boolean;
    };

/** Reads one stored object; decrypts and verifies frame by frame. */
export interface ObjectReader {
  readonly ref: InstanceRef;
  /** The Part 10 header bytes as they were given (or made, for C-STORE). */
  header(): Promise<Uint8Array>;
  /** The data set bytes `[start, end)`; chunks of at most 256 KiB; throws `storage/corrupt`. */
  dataSet(start?: number, end?: number): AsyncIterable<Uint8Array>;
  /** The whole Part 10 file `[start, end)`. */
  file(start?: number, end?: number): AsyncIterable<Uint8Array>;
}

/** One object on its way in. */
export interface StoreSink extends ByteSink<StoreOutcome> {
  /** It will be held back by this containment, which began after the object did. Before `end`. */
  hold(containment: string): void;
}

export interface Archive {
  /** Nothing is acknowledged before bytes and journal entry are on disk. */
  store(context: RequestContext, hint: StoreHint): StoreSink;
  query(context: RequestContext, query: ArchiveQuery): Promise<QueryPage>;
  /** The instances a target names, in order of series and instance number; empty when none. Not itself an event. */
  resolve(target: Target): Promise<InstanceRef[]>;
  open(ref: InstanceRef): ObjectReader;
  /** All of them can be read. What is missing comes next. @throws HoldfastError storage/arriving while a restore goes on, storage/erased, storage/collected */
  assertHere(refs: InstanceRef[]): void;
  /** Which versions of one instance exist, oldest first, deleted ones included. */
  versions(sopInstanceUid: string): Promise<(InstanceRef & { current: boolean; deletedAt?: number })[]>;
  /** Tombstones: hides what the target names; nothing is destroyed. Returns how many instances are hidden. */
  delete(context: RequestContext, target: Target, reason?: string): Promise<{ instances: number }>;
  /** Changes what the archive is run by; durable when it resolves. The event is recorded with it. */
  change(event: AccessEvent, changes: StateChange[]): Promise<void>;
  /** What stands in a collection that `change` writes, by key. */
  settings(collection: string): Promise<Map<string, unknown>>;
  /** A secret under the archive's keys, for `change`; opens for the same purpose only. */
  seal(secret: Uint8Array, purpose: string): string;
  /** @throws HoldfastError storage/key when it was sealed for another purpose or altered. */
  unseal(sealed: string, purpose: string): Buffer;
  /** Objects that containments hold back, oldest first; of a tenant's view only its own. */
  held(): Promise<HeldObject[]>;
  /** Makes those of them visible; returns how many there were. */
  release(context: RequestContext, entries: readonly number[]): Promise<number>;
  /** They never become visible; their bytes stay as long as retention says. */
  discard(context: RequestContext, entries: readonly number[]): Promise<number>;
  /** Journals an access that the archive did not itself perform (association, read, refusal). Resolves when queued. */
  record(event: AccessEvent): void;
  /** Resolves once everything recorded so far is durable. */
  flush(): Promise<void>;
  statistics(): Promise<ArchiveStatistics>;
  /** The same archive as one clinic sees it: the objects of others do not exist. `default` is what a single clinic has. */
  tenant(name: string): Archive;
  /** Healthy: storage writable and the journal going. */
  health(): { ok: boolean; code?: ErrorCode; detail?: string };
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
