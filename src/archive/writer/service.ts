/** The writer: the only owner of segments, journal and the writable catalogue. Runs on a thread of its own. */
import type { JournalRecord } from "../../catalogue/index.ts";
import { type Clock, codeOf, type ErrorCode, HoldfastError, rfc3339 } from "../../core/index.ts";
import type { StoreOutcome } from "../types.ts";
import { catchUp } from "./catch-up.ts";
import { appendRecords, commitBatch, type FinishedStore } from "./commit.ts";
import { refusedEvent } from "./events.ts";
import { Ingest, type IngestRules } from "./ingest.ts";
import type { OpenStores } from "./open.ts";
import type { FromWriter, JournalPosition, ToWriter, WriterHealth } from "./protocol.ts";
import { freeSlot, type SlotMemory, slotOf } from "./slots.ts";

/** Objects made durable by one round at most: bounds what a failure takes with it, and the latency of the first. */
const maxBatch = 256;
const checkpointEvery = 10_000; // ms
const commitEvery = 1_000; // ms; readers that need it sooner ask
const retryAfter = 1_000; // ms

type Message<T extends ToWriter["type"]> = Extract<ToWriter, { type: T }>;

export interface WriterHost {
  post(message: FromWriter): void;
  now: Clock;
  /** setTimeout of the thread. */
  after(milliseconds: number, action: () => void): void;
}

interface Live {
  ingest: Ingest;
  /** What this object is still busy with; its messages are handled in order. */
  busy: Promise<void> | undefined;
  failure: HoldfastError | undefined;
}

export class WriterService {
  readonly #stores: OpenStores;
  readonly #host: WriterHost;
  readonly #rules: IngestRules;
  readonly #slots: SlotMemory;
  readonly #slotFlags: Int32Array;
  readonly #live = new Map<number, Live>();
  #finished: FinishedStore[] = [];
  #refused: { id: number; live: Live }[] = [];
  #records: JournalRecord[] = [];
  #calls: { call: number; commit: boolean }[] = [];
  #round: Promise<void> | undefined;
  #health: WriterHealth = { ok: true };
  #lastCheckpoint = 0;
  #lastCommit = 0;
  #changed: number;

  constructor(stores: OpenStores, host: WriterHost, rules: IngestRules, slots: SlotMemory) {
    this.#stores = stores;
    this.#host = host;
    this.#rules = rules;
    this.#slots = slots;
    this.#slotFlags = new Int32Array(slots.flags);
    this.#changed = stores.journal.size - 1;
  }

  get position(): JournalPosition {
    return { size: this.#stores.journal.size, visible: this.#stores.catalogue.committedSeq, changed: this.#changed };
  }

  handle(message: ToWriter): void {
    switch (message.type) {
      case "bytes":
        this.#bytes(message);
        return;
      case "abort":
        this.#abort(message.id);
        return;
      case "events":
        for (const event of message.events) this.#records.push({ kind: "access", event });
        break;
      case "delete":
        this.#records.push({ kind: "delete", event: message.event, target: message.target });
        this.#calls.push({ call: message.call, commit: false });
        break;
      case "flush":
      case "commit":
        this.#calls.push({ call: message.call, commit: message.type === "commit" });
        break;
      case "close":
        void this.#close(message.call);
        return;
    }
    this.#wake();
  }

  #bytes(message: Message<"bytes">): void {
    const live = this.#liveOf(message);
    if (live.busy) live.busy = live.busy.then(() => this.#consume(message, live));
    else live.busy = this.#consume(message, live);
  }

  #liveOf({ id, opening }: Message<"bytes">): Live {
    const known = this.#live.get(id);
    if (known) return known;
    const live: Live = { busy: undefined, failure: undefined, ingest: undefined as unknown as Ingest };
    const object = this.#stores.segments.begin();
    live.ingest = new Ingest(opening!, object, this.#rules);
    this.#live.set(id, live);
    return live;
  }

  /** Takes one slot of bytes; returns a promise only when the disk has to catch up. */
  #consume(message: Message<"bytes">, live: Live): Promise<void> | undefined {
    const { slot, length, last, id } = message;
    if (!live.failure && length > 0) this.#push(live, slotOf(this.#slots, slot).subarray(0, length));
    if (!last && !live.failure && live.ingest.heavy) return this.#spill(live, slot);
    this.#free(slot);
    if (last) this.#finish(id, live);
    return undefined;
  }

  #push(live: Live, bytes: Uint8Array): void {
    try {
      live.ingest.push(bytes);
    } catch (error) {
      this.#fail(live, error);
    }
  }

  async #spill(live: Live, slot: number): Promise<void> {
    try {
      await live.ingest.spill();
    } catch (error) {
      this.#fail(live, error);
    }
    this.#free(slot);
    this.#wake();
  }

  #fail(live: Live, error: unknown): void {
    live.failure =
      error instanceof HoldfastError ? error : new HoldfastError(codeOf(error), undefined, { cause: error });
    void live.ingest.discard().catch(() => {}); // a leftover spool goes at the next start
  }

  #finish(id: number, live: Live): void {
    this.#live.delete(id);
    try {
      if (!live.failure) this.#finished.push({ id, opening: live.ingest.opening, object: live.ingest.end() });
    } catch (error) {
      this.#fail(live, error);
    }
    if (live.failure) this.#refused.push({ id, live });
    this.#wake();
  }

  #abort(id: number): void {
    const live = this.#live.get(id);
    if (!live) return;
    const gone = async (): Promise<void> => {
      this.#live.delete(id);
      await live.ingest.discard().catch(() => {});
      const { opening, received } = live.ingest;
      const event = refusedEvent(opening, "association/aborted", received, this.#host.now());
      this.#records.push({ kind: "access", event });
      this.#wake();
    };
    live.busy = (live.busy ?? Promise.resolve()).then(gone);
  }

  #free(slot: number): void {
    if (slot >= 0 && freeSlot(this.#slotFlags, slot)) this.#host.post({ type: "freed" });
  }

  #wake(): void {
    this.#round ??= this.#rounds().finally(() => {
      this.#round = undefined;
      if (this.#pending) this.#wake();
    });
  }

  get #pending(): boolean {
    return this.#finished.length + this.#refused.length + this.#records.length + this.#calls.length > 0;
  }

  async #rounds(): Promise<void> {
    await undefined; // lets the messages that arrived together join the round
    while (this.#pending) await this.#oneRound();
    this.#scheduleUpkeep();
  }

  async #oneRound(): Promise<void> {
    const finished = this.#finished.splice(0, maxBatch);
    const refused = this.#refused.splice(0);
    const records = this.#records.splice(0);
    const calls = this.#calls.splice(0);
    const refusals = refused.map(({ live }): JournalRecord => {
      const { opening, received } = live.ingest;
      return { kind: "access", event: refusedEvent(opening, live.failure!.code, received, this.#host.now()) };
    });
    try {
      await catchUp(this.#stores);
      const result = await commitBatch({ ...this.#stores, now: this.#host.now }, finished, [...records, ...refusals]);
      if (finished.length > 0 || records.some(({ kind }) => kind !== "access"))
        this.#changed = this.#stores.journal.size - 1;
      const behind = this.#upkeep(calls.some(({ commit }) => commit));
      this.#setHealth(result.error ?? behind);
      this.#answer([...result.outcomes, ...refused.map(refusedOutcome)], calls, behind);
    } catch (error) {
      await this.#failRound(error, finished, refused, records, calls);
    }
  }

  /** The journal could not be written: nobody is told of success, events are kept for the next try. */
  async #failRound(
    error: unknown,
    finished: FinishedStore[],
    refused: { id: number; live: Live }[],
    records: JournalRecord[],
    calls: { call: number }[],
  ): Promise<void> {
    this.#setHealth(error);
    const code = codeOf(error);
    const failed = finished.map(({ id, object }): [number, StoreOutcome] => [
      id,
      { ok: false, code, sopClassUid: object.sopClassUid, sopInstanceUid: object.sopInstanceUid, quarantined: false },
    ]);
    this.#host.post({
      type: "stored",
      outcomes: [...failed, ...refused.map(refusedOutcome)],
      position: this.position,
      health: this.#health,
    });
    for (const { call } of calls) this.#host.post({ type: "reply", call, error: { code }, position: this.position });
    const kept = records.filter((record) => record.kind === "access");
    if (kept.length === 0) return;
    await new Promise<void>((resolve) => this.#host.after(retryAfter, resolve));
    this.#records.unshift(...kept);
  }

  #answer(outcomes: [number, StoreOutcome][], calls: { call: number; commit: boolean }[], behind: unknown): void {
    const position = this.position;
    this.#host.post({ type: "stored", outcomes, position, health: this.#health });
    for (const { call, commit } of calls) {
      const error = commit && behind !== undefined ? { error: { code: codeOf(behind) } } : {};
      this.#host.post({ type: "reply", call, position, ...error });
    }
  }

  #setHealth(error: unknown): void {
    if (error === undefined) this.#health = { ok: true };
    else this.#health = { ok: false, code: codeOf(error) satisfies ErrorCode };
  }

  /** Commits the catalogue when it is time or asked for; returns what went wrong: the journal has everything anyway. */
  #upkeep(commit: boolean): unknown {
    const now = this.#host.now();
    if (!commit && now - this.#lastCommit < commitEvery) return undefined;
    this.#lastCommit = now;
    return this.#commitCatalogue();
  }

  #commitCatalogue(): unknown {
    try {
      this.#stores.catalogue.commit();
      return undefined;
    } catch (error) {
      this.#stores.catalogue.rollback();
      return error;
    }
  }

  /** When it falls quiet, what was left for later is done: the catalogue's commit and a checkpoint. */
  #scheduleUpkeep(): void {
    const { catalogue, journal } = this.#stores;
    if (catalogue.committedSeq < catalogue.appliedSeq)
      this.#host.after(commitEvery, () => this.#quiet(async () => this.#commitCatalogue()));
    const now = this.#host.now();
    if (now - this.#lastCheckpoint < checkpointEvery) return;
    this.#lastCheckpoint = now;
    this.#host.after(checkpointEvery, () => this.#quiet(() => checkpoint(journal)));
  }

  #quiet(action: () => Promise<unknown>): void {
    const run = async (): Promise<void> => {
      const error = await action();
      if (error !== undefined) this.#setHealth(error);
      this.#host.post({ type: "position", position: this.position, health: this.#health });
    };
    // Between rounds, never beside one: one owner, one write at a time.
    this.#round = (this.#round ?? Promise.resolve()).then(run).finally(() => {
      this.#round = undefined;
      if (this.#pending) this.#wake();
    });
  }

  async #close(call: number): Promise<void> {
    while (this.#round) await this.#round;
    for (const live of this.#live.values()) await live.ingest.discard().catch(() => {});
    const event = { ...systemEvent("stop", this.#host.now()) };
    try {
      await appendRecords({ ...this.#stores, now: this.#host.now }, [{ kind: "access", event }]);
      this.#stores.catalogue.commit();
      await this.#stores.close();
      this.#host.post({ type: "reply", call, position: this.position });
    } catch (error) {
      this.#host.post({ type: "reply", call, error: { code: codeOf(error) }, position: this.position });
    }
  }
}

/** Returns what went wrong, if anything. */
async function checkpoint(journal: OpenStores["journal"]): Promise<unknown> {
  try {
    await journal.checkpoint();
    return undefined;
  } catch (error) {
    return error;
  }
}

function refusedOutcome({ id, live }: { id: number; live: Live }): [number, StoreOutcome] {
  const { code, detail } = live.failure!;
  return [id, { ok: false, code, ...(detail ? { detail } : {}), quarantined: false }];
}

export function systemEvent(activity: "start" | "stop", now: number) {
  return {
    time: rfc3339(now),
    activity,
    status: "success" as const,
    protocol: "internal" as const,
    operation: activity,
    actor: {},
    src_endpoint: {},
  };
}
