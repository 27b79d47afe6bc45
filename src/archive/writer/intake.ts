/** Objects on their way in, each handled in the order of its messages; the disk slows down only the object it is busy with. */
import { type Clock, codeOf, HoldfastError, passedThrough } from "../../core/index.ts";
import type { SegmentWriter } from "../../vault/index.ts";
import type { FinishedStore } from "./commit.ts";
import { refusedEvent } from "./events.ts";
import { Ingest, type IngestRules } from "./ingest.ts";
import type { ObjectOpening, ToWriter } from "./protocol.ts";
import type { Queue } from "./queue.ts";
import { freeSlot, type SlotMemory, slotOf } from "./slots.ts";

type BytesMessage = Extract<ToWriter, { type: "bytes" }>;

interface Live {
  ingest: Ingest;
  /** What this object is still busy with. */
  busy: Promise<void> | undefined;
  failure: HoldfastError | undefined;
  /** After a failure: when what was spooled is removed. */
  gone?: Promise<void>;
}

export interface IntakeOptions {
  segments: SegmentWriter;
  rules: IngestRules;
  slots: SlotMemory;
  now: Clock;
  /** Where finished, refused and aborted objects go. */
  queue: Queue;
  /** Slots became free and the protocol thread waits for some. */
  freed(): void;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #flags: Int32Array;
  readonly #live = new Map<number, Live>();

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#flags = new Int32Array(options.slots.flags);
  }

  bytes(message: BytesMessage): void {
    const live = this.#live.get(message.id) ?? this.#begin(message.id, message.opening!);
    if (live.busy) live.busy = live.busy.then(() => this.#consume(message, live));
    else live.busy = this.#consume(message, live);
  }

  abort(id: number): void {
    const live = this.#live.get(id);
    if (!live) return;
    const gone = async (): Promise<void> => {
      this.#live.delete(id);
      await discard(live);
      const { opening, received } = live.ingest;
      const event = refusedEvent(opening, "association/aborted", received, this.#options.now());
      this.#options.queue.record({ kind: "access", event });
    };
    live.busy = (live.busy ?? Promise.resolve()).then(gone);
  }

  /** Gives up everything unfinished. */
  async close(): Promise<void> {
    for (const live of this.#live.values()) await discard(live);
    this.#live.clear();
  }

  #begin(id: number, opening: ObjectOpening): Live {
    const { segments, rules } = this.#options;
    const live: Live = { ingest: new Ingest(opening, segments.begin(), rules), busy: undefined, failure: undefined };
    this.#live.set(id, live);
    return live;
  }

  /** Takes one slot of bytes; returns a promise only when the disk has to catch up. */
  #consume(message: BytesMessage, live: Live): Promise<void> | undefined {
    const { slot, length, last, id, held } = message;
    passedThrough(length);
    if (!live.failure && length > 0) push(live, slotOf(this.#options.slots, slot).subarray(0, length));
    if (!last && !live.failure && live.ingest.heavy) return this.#spill(live, slot);
    this.#free(slot);
    if (held !== undefined) live.ingest.opening.context = { ...live.ingest.opening.context, held };
    if (last) this.#finish(id, live);
    return undefined;
  }

  async #spill(live: Live, slot: number): Promise<void> {
    try {
      await live.ingest.spill();
    } catch (error) {
      fail(live, error);
    }
    this.#free(slot);
  }

  #finish(id: number, live: Live): void {
    this.#live.delete(id);
    const store = live.failure ? undefined : finish(id, live);
    if (store) this.#options.queue.finished(store);
    else void this.#refuse(id, live);
  }

  /** The refusal is told once nothing of the object is left. */
  async #refuse(id: number, live: Live): Promise<void> {
    await live.gone;
    const { opening, received } = live.ingest;
    this.#options.queue.refused({ id, opening, received, failure: live.failure! });
  }

  #free(slot: number): void {
    if (slot >= 0 && freeSlot(this.#flags, slot)) this.#options.freed();
  }
}

function push(live: Live, bytes: Uint8Array): void {
  try {
    live.ingest.push(bytes);
  } catch (error) {
    fail(live, error);
  }
}

function finish(id: number, live: Live): FinishedStore | undefined {
  try {
    return { id, opening: live.ingest.opening, object: live.ingest.end() };
  } catch (error) {
    fail(live, error);
    return undefined;
  }
}

function fail(live: Live, error: unknown): void {
  live.failure = error instanceof HoldfastError ? error : new HoldfastError(codeOf(error), undefined, { cause: error });
  live.gone = discard(live);
}

/** A spool that cannot be removed now goes at the next start. */
function discard(live: Live): Promise<void> {
  return live.ingest.discard().catch(() => {});
}
