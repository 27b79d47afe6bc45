/** Round after round of the group commit, one at a time, and the upkeep between them. */
import type { JournalRecord } from "../../catalogue/index.ts";
import type { Clock } from "../../core/index.ts";
import { codeOf, HoldfastError } from "../../core/index.ts";
import type { StoreOutcome } from "../types.ts";
import { amend } from "./amend.ts";
import { catchUp } from "./catch-up.ts";
import { appendRecords, commitBatch } from "./commit.ts";
import { refusedEvent } from "./events.ts";
import type { OpenStores } from "./open.ts";
import type { Amendment, FromWriter, JournalPosition, ToWriter, WriterHealth } from "./protocol.ts";
import { type Batch, type Call, Queue, type Refusal, refusedOutcome } from "./queue.ts";
import { releaseRecords } from "./release.ts";
import { Upkeep } from "./upkeep.ts";

export interface WriterHost {
  post(message: FromWriter): void;
  now: Clock;
  /** setTimeout of the thread. */
  after(milliseconds: number, action: () => void): void;
  /** Resolves when the messages that wait have been handled. */
  turn(): Promise<void>;
}

const retryAfter = 1_000; // ms

export class Rounds {
  readonly queue = new Queue(() => this.#wake());
  readonly #stores: OpenStores;
  readonly #host: WriterHost;
  readonly #upkeep: Upkeep;
  /** Ends when all that was begun has ended. */
  #last: Promise<void> = Promise.resolve();
  /** A run of rounds is planned or under way. */
  #awake = false;
  /** What cannot be written now is not tried for ever. */
  #closing = false;
  #closed = false;
  #health: WriterHealth = { ok: true };
  /** The last entry that may have changed what readers see. */
  #changed: number;

  constructor(stores: OpenStores, host: WriterHost) {
    this.#stores = stores;
    this.#host = host;
    this.#upkeep = new Upkeep(stores, host, (action) => this.#between(action));
    this.#changed = stores.journal.size - 1;
  }

  get position(): JournalPosition {
    return { size: this.#stores.journal.size, visible: this.#stores.catalogue.committedSeq, changed: this.#changed };
  }

  /** Ends what is queued, then runs `last`; nothing that comes later is begun. */
  close(last: () => Promise<void>): Promise<void> {
    this.#closing = true;
    return this.#alone(async () => {
      this.#closed = true;
      await last();
    });
  }

  /** Between two rounds, so that nothing comes between the look and the write. Answered like a call. */
  amend(call: number, amendments: Amendment[]): void {
    void this.#alone(async () => {
      try {
        await catchUp(this.#stores);
        const passed = await amend({ ...this.#stores, now: this.#host.now }, amendments);
        this.#changed = this.position.size - 1;
        this.#host.post({ type: "reply", call, position: this.position, passed });
      } catch (error) {
        this.#host.post({ type: "reply", call, position: this.position, error: { code: codeOf(error) } });
      }
      this.#upkeep.schedule();
    });
  }

  /** Step by step, each between two rounds, until one says that there is no more. With a call: answered like one. */
  steps(step: () => Promise<boolean>, call?: number, outcome: () => { collected?: number[] } = () => ({})): void {
    const all = async (): Promise<void> => {
      for (let more = true; more; ) {
        await this.#alone(async () => {
          if (this.#closed) throw new HoldfastError("internal/error", "The archive is closed.");
          await catchUp(this.#stores);
          const { size } = this.#stores.journal;
          more = await step();
          if (this.#stores.journal.size > size) this.#changed = this.position.size - 1;
        });
        await this.#host.turn();
      }
    };
    const answer = (error?: unknown): void => {
      if (call === undefined) return; // what was not asked for is tried again at the next start
      const said = error === undefined ? outcome() : { error: { code: codeOf(error), ...detailOf(error) } };
      this.#host.post({ type: "reply", call, position: this.position, ...said });
      this.#upkeep.schedule();
    };
    all().then(() => answer(), answer);
  }

  /** One owner, one write at a time: actions run one after the other, in the order given. */
  #alone(action: () => Promise<void>): Promise<void> {
    const done = this.#last.then(action);
    this.#last = done.catch(() => {});
    return done;
  }

  #wake(): void {
    if (this.#awake || this.#closed) return;
    this.#awake = true;
    this.#alone(() => this.#run()).catch(endThread);
  }

  async #run(): Promise<void> {
    while (!this.queue.empty) {
      await this.#host.turn(); // all messages that have arrived join the round
      await this.#round(this.queue.take());
    }
    this.#awake = false;
    this.#upkeep.schedule();
  }

  async #round(batch: Batch): Promise<void> {
    const { finished, refused, calls } = batch;
    const records = [...batch.records, ...refused.map((refusal) => this.#refusal(refusal))];
    try {
      await catchUp(this.#stores);
      const { outcomes, error } = await commitBatch({ ...this.#stores, now: this.#host.now }, finished, records);
      if (finished.length > 0 || batch.records.some(({ kind }) => kind !== "access"))
        this.#changed = this.position.size - 1;
      const behind = this.#upkeep.afterRound(calls.some(({ commit }) => commit));
      this.#setHealth(error ?? behind);
      this.#answer([...outcomes, ...refused.map(refusedOutcome)], calls, behind);
    } catch (error) {
      await this.#fail(error, batch);
    }
  }

  /** Held objects become visible, in the order in which they came. */
  release({ call, event, held }: Extract<ToWriter, { type: "release" }>): void {
    const released = this.#alone(async () => {
      await catchUp(this.#stores);
      await appendRecords(
        { ...this.#stores, now: this.#host.now },
        releaseRecords(this.#stores.catalogue, event, held),
      );
      this.#changed = this.position.size - 1;
    });
    released.then(
      () => this.#host.post({ type: "reply", call, position: this.position }),
      (error) => this.#host.post({ type: "reply", call, error: { code: codeOf(error) }, position: this.position }),
    );
  }

  #refusal({ opening, received, failure }: Refusal): JournalRecord {
    return { kind: "access", event: refusedEvent(opening, failure.code, received, this.#host.now()) };
  }

  #answer(outcomes: [number, StoreOutcome][], calls: Call[], behind: unknown): void {
    const position = this.position;
    this.#host.post({ type: "stored", outcomes, position, health: this.#health });
    for (const { call, commit } of calls) {
      const error = commit && behind !== undefined ? { error: { code: codeOf(behind) } } : {};
      this.#host.post({ type: "reply", call, position, ...error });
    }
  }

  /** The journal could not be written: nobody is told of success, and events are kept for the next try. */
  async #fail(error: unknown, { finished, refused, records, calls }: Batch): Promise<void> {
    this.#setHealth(error);
    const code = codeOf(error);
    const failed = finished.map(({ id, object }): [number, StoreOutcome] => {
      const { sopClassUid, sopInstanceUid } = object;
      return [id, { ok: false, code, sopClassUid, sopInstanceUid, quarantined: false }];
    });
    const outcomes = [...failed, ...refused.map(refusedOutcome)];
    this.#host.post({ type: "stored", outcomes, position: this.position, health: this.#health });
    for (const { call } of calls) this.#host.post({ type: "reply", call, error: { code }, position: this.position });
    const kept = records.filter((record) => record.kind === "access");
    if (kept.length === 0 || this.#closing) return;
    await new Promise<void>((resolve) => this.#host.after(retryAfter, resolve));
    this.queue.again(kept);
  }

  #between(action: () => Promise<unknown>): void {
    void this.#alone(async () => {
      if (this.#closed) return;
      const error = await action();
      if (error !== undefined) this.#setHealth(error);
      this.#host.post({ type: "position", position: this.position, health: this.#health });
    });
  }

  #setHealth(error: unknown): void {
    this.#health = error === undefined ? { ok: true } : { ok: false, code: codeOf(error) };
  }
}

const detailOf = (error: unknown): { detail?: string } =>
  error instanceof HoldfastError && error.detail !== undefined ? { detail: error.detail } : {};

/** A fault in the rounds themselves: better no writer than one that takes objects and never answers. */
function endThread(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
