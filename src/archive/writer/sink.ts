/** The protocol thread's end of one object on its way to the writer: gathers chunks into slots and sends full ones. */
import type { StoreOutcome, StoreSink } from "../types.ts";
import type { ObjectOpening, ToWriter } from "./protocol.ts";
import { type SlotPool, slotSize } from "./slots.ts";

/** One object has at most this many slots under way, so that a fast sender leaves some to the others. */
const maxSlotsPerObject = 4;

export interface SinkHost {
  slots: SlotPool;
  post(message: ToWriter): void;
  outcome(id: number): Promise<StoreOutcome>;
  /** Those that hold a part-filled slot. */
  holders: Set<ObjectSink>;
  /** Those that wait for one of their own slots to be consumed. */
  waiters: Set<ObjectSink>;
}

export class ObjectSink implements StoreSink {
  readonly #host: SinkHost;
  readonly #id: number;
  #opening: ObjectOpening | undefined;
  #slot = -1;
  #bytes: Uint8Array = new Uint8Array();
  #filled = 0;
  /** Slots sent and perhaps not yet consumed. */
  #sent: number[] = [];
  #resume: (() => void) | undefined;
  #waiting: Promise<void> | undefined;
  #over = false;
  #held: string | undefined;

  constructor(host: SinkHost, id: number, opening: ObjectOpening) {
    this.#host = host;
    this.#id = id;
    this.#opening = opening;
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#over) return undefined;
    if (this.#waiting) return this.#waiting.then(() => this.write(chunk));
    let at = 0;
    while (at < chunk.length) {
      if (this.#slot < 0 && !this.#takeSlot()) return this.#later(chunk.slice(at));
      const count = Math.min(chunk.length - at, slotSize - this.#filled);
      this.#bytes.set(count === chunk.length ? chunk : chunk.subarray(at, at + count), this.#filled);
      this.#filled += count;
      at += count;
      if (this.#filled === slotSize) this.#send(false);
    }
    if (this.#host.slots.scarce) this.handOver();
    return undefined;
  }

  hold(containment: string): void {
    this.#held = containment;
  }

  async end(): Promise<StoreOutcome> {
    while (this.#waiting) await this.#waiting;
    // Given up while it waited: the writer has forgotten the object, and must not hear of it again.
    if (this.#over) return { ok: false, code: "association/aborted", quarantined: false };
    this.#over = true;
    const outcome = this.#host.outcome(this.#id);
    this.#send(true);
    return outcome;
  }

  abort(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#slot >= 0) this.#host.slots.give(this.#slot);
    this.#release();
    this.#resume?.();
    if (!this.#opening) this.#host.post({ type: "abort", id: this.#id });
  }

  /** Sends a part-filled slot on, so that others get it. */
  handOver(): void {
    if (this.#filled > 0) this.#send(false);
  }

  /** Slots were freed, perhaps of this object. */
  freed(): void {
    this.#resume?.();
  }

  #takeSlot(): boolean {
    if (this.#full()) return false;
    const slot = this.#host.slots.take();
    if (slot === undefined) return false;
    this.#hold(slot);
    return true;
  }

  #full(): boolean {
    if (this.#sent.length < maxSlotsPerObject) return false;
    this.#sent = this.#sent.filter((slot) => this.#host.slots.inUse(slot));
    return this.#sent.length >= maxSlotsPerObject;
  }

  #hold(slot: number): void {
    this.#slot = slot;
    this.#bytes = this.#host.slots.slot(slot);
    this.#filled = 0;
    this.#host.holders.add(this);
  }

  #release(): void {
    this.#slot = -1;
    this.#filled = 0;
    this.#host.holders.delete(this);
  }

  /** Waits for room, then takes the rest of the chunk. */
  #later(rest: Uint8Array): Promise<void> {
    const waiting = this.#room().then(() => {
      this.#waiting = undefined;
      if (this.#over) return;
      return this.write(rest);
    });
    this.#waiting = waiting;
    return waiting;
  }

  async #room(): Promise<void> {
    await this.#roomOfItsOwn();
    if (this.#over) return;
    const slot = this.#host.slots.take() ?? (await this.#scarce());
    if (this.#over) this.#host.slots.give(slot);
    else this.#hold(slot);
  }

  /** Until fewer than the most slots of this object are under way. */
  async #roomOfItsOwn(): Promise<void> {
    this.#host.waiters.add(this);
    this.#host.slots.notifyWhenFreed(true);
    while (!this.#over && this.#full())
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    this.#host.waiters.delete(this);
  }

  #scarce(): Promise<number> {
    const slot = this.#host.slots.wait();
    for (const holder of this.#host.holders) if (holder !== this) holder.handOver();
    return slot;
  }

  #send(last: boolean): void {
    const opening = this.#opening;
    this.#opening = undefined;
    if (this.#slot >= 0) this.#sent.push(this.#slot);
    this.#host.post({
      type: "bytes",
      id: this.#id,
      slot: this.#slot,
      length: this.#filled,
      ...(opening ? { opening } : {}),
      ...(last && this.#held !== undefined ? { held: this.#held } : {}),
      last,
    });
    this.#release();
  }
}
