/**
 * Follows an origin: takes its journal up to a signed checkpoint, then the objects that these entries name, checks all of
 * it, and only then accepts the checkpoint. What was fetched of segments is kept over failures, what of the journal is
 * not accepted is fetched again.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import { DurableFile } from "../durable.ts";
import type { Keyring } from "../keys/keyring.ts";
import { type Layout, segmentFile } from "../layout.ts";
import type { Remote } from "../remote/client.ts";
import { Ledger, type SegmentLedger } from "../verify/ledger.ts";
import type { Problem } from "../verify/report.ts";
import { AbsentSegments } from "./absent.ts";
import { JournalCopy } from "./copy.ts";
import { type PulledEntry, pullEntries } from "./entries.ts";
import { newerNotes, type SignedNote } from "./notes.ts";
import { chunksOf, firstBytes, rangeFrom } from "./range.ts";

/** Where what was taken goes. */
export interface MirrorSink {
  /** An entry of the batch under way. @returns nothing; it counts with `commit` */
  apply(entry: PulledEntry): void;
  /** Every record's seal and digest; those of keys that came with the batch are known. */
  check(ledger: SegmentLedger): Promise<Problem[]>;
  /** Segments that the entries applied say were collected. */
  collected(): ReadonlySet<number>;
  commit(): void;
  rollback(): void;
}

export interface FollowerOptions {
  layout: Layout;
  archive: string;
  verifier: string;
  keyring: Keyring;
  remote: Remote;
  sink: MirrorSink;
  /** Told of bytes as they come. */
  /** The next are asked for when it resolves. */
  onBytes?(bytes: number): Promise<void>;
}

export interface Progress {
  /** Entries accepted, and the time of the last, ms. */
  entries: number;
  time: number;
  /** Entries that the newest checkpoint seen counts. */
  known: number;
  /** Nothing newer is there. */
  level: boolean;
}

/** A batch ends with the first checkpoint after so many entries. */
const batchEntries = 2_000;

interface Located {
  object?: { location: Place; digest: string };
  location?: Place;
  event?: { content?: { digest: string } };
}

interface Place {
  segment: number;
  offset: number;
  length: number;
}

export class Follower {
  readonly #options: FollowerOptions;
  readonly #absent: AbsentSegments;
  #copy: JournalCopy | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#absent = new AbsentSegments(options.layout, options.remote);
  }

  /** Opens the copy. @returns how many entries it has accepted @throws HoldfastError storage/corrupt */
  async open(): Promise<number> {
    this.#copy ??= await JournalCopy.open(this.#options);
    return this.#copy.size;
  }

  /** Time of the last entry accepted, ms since 1970; 0 when there is none or the copy is closed. */
  get time(): number {
    return this.#copy?.time ?? 0;
  }

  /**
   * One batch. After an error the copy stands where it was.
   * @throws HoldfastError mirror/*, storage/*
   */
  async step(): Promise<Progress> {
    await this.open();
    const copy = this.#copy!;
    try {
      const notes = await newerNotes(this.#options, copy);
      const batch = notes.slice(0, 1 + notes.findIndex(({ size }) => size >= copy.size + batchEntries) || notes.length);
      const last = batch.at(-1);
      const level = last === notes.at(-1);
      if (last) await this.#take(copy, batch, last, level);
      else await this.#cosignatures();
      return {
        entries: copy.size,
        time: copy.time,
        known: notes.at(-1)?.size ?? copy.size,
        level,
      };
    } catch (error) {
      this.#options.sink.rollback();
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const copy = this.#copy;
    this.#copy = undefined;
    await copy?.close();
  }

  async #take(copy: JournalCopy, batch: SignedNote[], last: SignedNote, level: boolean): Promise<void> {
    const { sink } = this.#options;
    const ledger = new Ledger();
    const roots = new Map(batch.map(({ size, root }) => [size, root]));
    await pullEntries(this.#options, copy, last.size, roots, (entry) => {
      sink.apply(entry);
      enter(ledger, entry);
    });
    for (const ledgerOf of ledger.segments())
      if (!sink.collected().has(ledgerOf.segment)) await this.#objects(ledgerOf);
    if (level) await this.#absent.assertCollected(sink.collected());
    await copy.accept(
      last,
      batch.map(({ note }) => note),
    );
    sink.commit();
  }

  /** Bytes that were there already may be the rest of a broken write: what does not hold is fetched once more. */
  async #objects(ledger: SegmentLedger): Promise<void> {
    const pulled = await this.#pullAndCheck(ledger).catch((error) => this.#absent.passOver(ledger.segment, error));
    if (!pulled) return;
    let { problems, kept } = pulled;
    const first = Math.min(...problems.map(({ offset }) => offset ?? 0));
    if (problems.length > 0 && first < kept) ({ problems, kept } = await this.#pullAndCheck(ledger, first));
    const [problem] = problems;
    // That our own disk fails is no fault of the origin's.
    if (problem) throw new HoldfastError(problem.unread ? "storage/io" : "mirror/damaged", problem.message);
  }

  async #pullAndCheck(ledger: SegmentLedger, cut?: number): Promise<{ problems: Problem[]; kept: number }> {
    const kept = await this.#pullSegment(ledger, cut);
    return { problems: await this.#options.sink.check(ledger), kept };
  }

  /** @returns how many bytes of the segment were there before */
  async #pullSegment({ segment, places }: SegmentLedger, cut?: number): Promise<number> {
    const { layout, remote, onBytes } = this.#options;
    const name = segmentFile(segment);
    let [first, end] = [Number.POSITIVE_INFINITY, 0];
    for (let at = 0; at < places.length; at += 3) {
      first = Math.min(first, places[at + 1]!);
      end = Math.max(end, places[at + 1]! + places[at + 2]!);
    }
    const file = await DurableFile.openOrCreate(join(layout.vault, name));
    try {
      if (cut !== undefined) await file.truncate(Math.min(cut, file.end));
      const kept = file.end;
      // What a broken try has left may be in the system's cache alone.
      if (kept > first) await file.renew(first);
      if (kept >= end) return kept;
      const range = await rangeFrom(remote, `vault/${name}`, kept, end);
      if (!range?.body || range.size < end) {
        range?.body?.destroy();
        throw new HoldfastError("mirror/damaged", `The origin lacks bytes of segment ${segment}.`);
      }
      for await (const chunk of chunksOf(range.body)) {
        await file.append([chunk.subarray(0, end - file.end)]);
        await onBytes?.(chunk.length);
        if (file.end >= end) break;
      }
      if (file.end < end) throw new HoldfastError("mirror/failed", "The origin sent fewer bytes than it said.");
      await file.sync();
      return kept;
    } finally {
      await file.close();
    }
  }

  /** What witnesses cosigned; `verify` checks it, here it is only kept. */
  async #cosignatures(): Promise<void> {
    const { layout, remote } = this.#options;
    const kept = (await stat(layout.cosignatures).catch(() => undefined))?.size ?? 0;
    const range = await rangeFrom(remote, "journal/cosignatures", kept);
    if (!range?.body) return;
    const file = await DurableFile.openOrCreate(layout.cosignatures);
    try {
      await file.append([await firstBytes(range.body, 1024 * 1024)]);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

/** Store, held and quarantine records name a place in the vault and the digest of what lies there. */
function enter(ledger: Ledger, { seq, record }: PulledEntry): void {
  const { object, location, event } = record as Located;
  const place = object?.location ?? location;
  if (place) ledger.add(seq, place, Buffer.from(object?.digest ?? event?.content?.digest ?? "", "hex"));
}
