/** The protocol thread's side of the writer thread. */
import { Worker } from "node:worker_threads";
import type { DeleteTarget, HeldObject, StateChange } from "../../catalogue/index.ts";
import { type AccessEvent, HoldfastError, passedThrough } from "../../core/index.ts";
import type { Thread, Threads } from "../thread.ts";
import type { StoreOutcome, StoreSink } from "../types.ts";
import type {
  Amendment,
  Cataloguing,
  FromWriter,
  JournalPosition,
  KeyExchange,
  ObjectOpening,
  ToWriter,
  WriterHealth,
  WriterSettings,
} from "./protocol.ts";
import { RefusingSink } from "./refusing-sink.ts";
import { ObjectSink, type SinkHost } from "./sink.ts";
import { SlotPool } from "./slots.ts";

/** Events wait this long for others, ms: each handing over costs two threads a wake-up and the disk a sync. */
const gatherFor = 5;
/** Events that go without waiting longer. */
const mostGathered = 256;

/** Slots of 256 KiB: 24 MiB under way at most. */
const slotCount = 96;

type Call = { resolve: (passed: number[]) => void; reject: (error: Error) => void };

export class WriterClient {
  /** One 64-bit number that other threads may wait on: the journal's durable entries. */
  readonly durable: SharedArrayBuffer;
  readonly #worker: Thread;
  readonly #slots: SlotPool;
  readonly #host: SinkHost;
  readonly #outcomes = new Map<number, (outcome: StoreOutcome) => void>();
  readonly #calls = new Map<number, Call>();
  #events: AccessEvent[] = [];
  #nextId = 1;
  #position: JournalPosition = { size: 0, visible: -1, changed: -1 };
  /** Names of files in which the opening has kept what broken writes had left. */
  setAside: string[] = [];
  #health: WriterHealth = { ok: true };
  #dead: HoldfastError | undefined;
  readonly #ready = Promise.withResolvers<void>();
  #cataloguing: Cataloguing | undefined = { entries: 0, of: 0 };

  private constructor(worker: Thread, slots: SlotPool, durable: SharedArrayBuffer) {
    this.durable = durable;
    this.#worker = worker;
    this.#slots = slots;
    this.#host = {
      slots,
      holders: new Set(),
      waiters: new Set(),
      post: (message) => this.#post(message),
      outcome: (id) => this.#outcome(id),
    };
  }

  /** Starts the thread. `onDeath` is told when it ends by a fault: the archive cannot go on without it. */
  static begin(
    settings: Omit<WriterSettings, "slots" | "durable">,
    onDeath: (error: HoldfastError) => void,
    runOn?: Threads,
  ): WriterClient {
    const slots = new SlotPool(runOn?.slots ?? slotCount);
    const durable = new SharedArrayBuffer(8);
    const begin = runOn?.writer ?? beginThread;
    const worker = begin({ ...settings, slots: slots.memory, durable });
    const client = new WriterClient(worker, slots, durable);
    client.ready.catch(() => {}); // told to `onDeath` too
    worker.on("message", (message: FromWriter) => client.#receive(message));
    worker.once("error", (cause) => {
      const error = asHoldfastError(cause);
      client.#ready.reject(error);
      if (client.#die(error)) onDeath(error);
    });
    return client;
  }

  /** Resolves when the catalogue follows the journal: until then nothing is taken. @throws HoldfastError storage/* */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Entries that are catalogued, of so many; undefined: all. */
  get cataloguing(): Cataloguing | undefined {
    return this.#cataloguing;
  }

  get position(): JournalPosition {
    return this.#position;
  }

  get health(): WriterHealth {
    if (this.#dead) return { ok: false, code: this.#dead.code };
    return this.#cataloguing ? { ok: false, code: "storage/arriving" } : this.#health;
  }

  store(opening: ObjectOpening): StoreSink {
    if (this.#cataloguing) return new RefusingSink("storage/arriving");
    this.#sendEvents();
    return new ObjectSink(this.#host, this.#nextId++, opening);
  }

  /** Hands the event over with others of the next milliseconds, and before anything else that is asked for. */
  record(event: AccessEvent): void {
    const count = this.#events.push(event);
    if (count === 1) setTimeout(() => this.#sendEvents(), gatherFor);
    else if (count === mostGathered) this.#sendEvents();
  }

  delete(event: AccessEvent, target: DeleteTarget): Promise<void> {
    return this.#call((call) => ({ type: "delete", call, event, target }));
  }

  change(event: AccessEvent, changes: StateChange[]): Promise<void> {
    return this.#call((call) => ({ type: "state", call, event, changes }));
  }

  release(event: AccessEvent, held: HeldObject[]): Promise<void> {
    return this.#call((call) => ({ type: "release", call, event, held }));
  }

  discard(event: AccessEvent, entries: number[], retainUntil: number): Promise<void> {
    return this.#call((call) => ({ type: "discard", call, event, entries, retainUntil }));
  }

  /** Those of the segments that were collected. */
  collect(event: AccessEvent, candidates: number[]): Promise<number[]> {
    return this.#ask((call) => ({ type: "collect", call, event, candidates }));
  }

  /** Places of those not made. */
  amend(amendments: Amendment[]): Promise<number[]> {
    return this.#ask((call) => ({ type: "amend", call, amendments }));
  }

  exchange(event: AccessEvent, exchange: KeyExchange): Promise<void> {
    return this.#call((call) => ({ type: "exchange", call, event, exchange }));
  }

  /** The older root keys leave the key file. */
  settle(): Promise<void> {
    return this.#call((call) => ({ type: "settle", call }));
  }

  /** Everything handed over before is durable. */
  flush(): Promise<void> {
    return this.#call((call) => ({ type: "flush", call }));
  }

  /** Everything acknowledged before is visible to readers of the catalogue. */
  async makeVisible(): Promise<void> {
    if (this.#position.visible < this.#position.changed) await this.#call((call) => ({ type: "commit", call }));
  }

  /** The thread ends in any case. @throws HoldfastError storage/* when its last entries could not be written */
  async close(): Promise<void> {
    try {
      // One that is not ready is left as by a kill: the next start goes on with its catalogue.
      if (!this.#dead && !this.#cataloguing) await this.#call((call) => ({ type: "close", call }));
    } finally {
      this.#die(new HoldfastError("internal/error", "The archive is closed."));
      await this.#worker.terminate();
    }
  }

  #sendEvents(): void {
    const events = this.#events;
    this.#events = [];
    if (events.length > 0) this.#post({ type: "events", events });
  }

  async #call(message: (call: number) => ToWriter): Promise<void> {
    await this.#ask(message);
  }

  #ask(message: (call: number) => ToWriter): Promise<number[]> {
    if (this.#dead) return Promise.reject(this.#dead);
    if (this.#cataloguing) return Promise.reject(new HoldfastError("storage/arriving"));
    this.#sendEvents();
    const call = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#calls.set(call, { resolve, reject });
      this.#post(message(call));
    });
  }

  #outcome(id: number): Promise<StoreOutcome> {
    const dead = this.#dead;
    if (dead) return Promise.resolve({ ok: false, code: dead.code, quarantined: false });
    return new Promise((resolve) => this.#outcomes.set(id, resolve));
  }

  #post(message: ToWriter): void {
    if (message.type === "bytes") passedThrough(message.length);
    if (!this.#dead) this.#worker.postMessage(message);
  }

  #receive(message: FromWriter): void {
    if (message.type === "freed") {
      this.#freed();
      return;
    }
    if (message.type === "cataloguing") {
      this.#cataloguing = message.cataloguing;
      return;
    }
    this.#position = message.position;
    if (message.type === "ready") {
      this.setAside = message.setAside;
      this.#cataloguing = undefined;
      this.#ready.resolve();
    }
    if (message.type === "stored" || message.type === "position") this.#health = message.health;
    if (message.type === "stored") for (const [id, outcome] of message.outcomes) this.#settle(id, outcome);
    if (message.type === "reply") this.#reply(message);
  }

  #freed(): void {
    this.#slots.served();
    for (const sink of [...this.#host.waiters]) sink.freed();
    this.#slots.notifyWhenFreed(this.#slots.scarce || this.#host.waiters.size > 0);
  }

  #settle(id: number, outcome: StoreOutcome): void {
    this.#outcomes.get(id)?.(outcome);
    this.#outcomes.delete(id);
  }

  #reply({ call, error, passed, collected }: Extract<FromWriter, { type: "reply" }>): void {
    const waiting = this.#calls.get(call);
    this.#calls.delete(call);
    if (error) waiting?.reject(new HoldfastError(error.code, error.detail));
    else waiting?.resolve(passed ?? collected ?? []);
  }

  /** True the first time. Everybody who waits is told. */
  #die(error: HoldfastError): boolean {
    if (this.#dead) return false;
    this.#dead = error;
    for (const id of [...this.#outcomes.keys()]) this.#settle(id, { ok: false, code: error.code, quarantined: false });
    for (const { reject } of this.#calls.values()) reject(error);
    this.#calls.clear();
    return true;
  }
}

const beginThread = (workerData: WriterSettings): Thread =>
  new Worker(new URL("./worker.ts", import.meta.url), { workerData });

/** Errors cross threads as plain ones; the code survives as a property. */
function asHoldfastError(cause: unknown): HoldfastError {
  const { code, detail, message } = cause as { code?: string; detail?: string; message?: string };
  if (typeof code === "string" && code.includes("/"))
    return new HoldfastError(code as HoldfastError["code"], detail, { cause });
  return new HoldfastError("internal/error", message, { cause });
}
