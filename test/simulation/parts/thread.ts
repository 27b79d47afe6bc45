/** The archive's threads in a simulation: the same services, their messages events of the world. */
import { EventEmitter } from "node:events";
import { answer } from "../../../src/archive/reader/answer.ts";
import type { ToReader } from "../../../src/archive/reader/protocol.ts";
import type { Thread, Threads } from "../../../src/archive/thread.ts";
import { openStores } from "../../../src/archive/writer/open.ts";
import type { ToWriter, WriterSettings } from "../../../src/archive/writer/protocol.ts";
import { systemEvent, WriterService } from "../../../src/archive/writer/service.ts";
import { CatalogueReaders } from "../../../src/catalogue/index.ts";
import { layoutOf, readKeyring, readManifest } from "../../../src/vault/index.ts";
import type { World } from "../world/world.ts";

/** Messages one way, in order, each a while under way. */
class Line {
  readonly #world: World;
  /** Whether the machine has not gone down since. */
  readonly #alive: () => boolean;
  readonly #deliver: (message: unknown) => void;
  readonly #under: unknown[] = [];

  constructor(world: World, alive: () => boolean, deliver: (message: unknown) => void) {
    this.#world = world;
    this.#alive = alive;
    this.#deliver = deliver;
  }

  send(message: unknown): void {
    this.#under.push(structuredClone(message));
    if (this.#under.length === 1) this.#next();
  }

  #next(): void {
    this.#world.after(this.#world.random.next() * 0.1, () => {
      if (!this.#alive()) return;
      this.#deliver(this.#under.shift());
      if (this.#under.length > 0) this.#next();
    });
  }
}

class SimulatedThread extends EventEmitter implements Thread {
  readonly #in: Line;
  readonly #out: Line;
  #handle: ((message: never) => void) | undefined;
  readonly #waiting: unknown[] = [];
  #ended = false;

  constructor(
    world: World,
    alive: () => boolean,
    begin: (post: (message: unknown) => void) => Promise<(message: never) => void>,
  ) {
    super();
    this.#out = new Line(world, alive, (message) => void (this.#ended || this.emit("message", message)));
    this.#in = new Line(world, alive, (message) => this.#take(message));
    begin((message) => this.#out.send(message)).then(
      (handle) => {
        this.#handle = handle;
        for (const message of this.#waiting) handle(message as never);
      },
      (error: Error) => this.emit("error", error),
    );
  }

  postMessage(message: unknown): void {
    this.#in.send(message);
  }

  async terminate(): Promise<void> {
    this.#ended = true;
  }

  #take(message: unknown): void {
    if (this.#handle) this.#handle(message as never);
    else this.#waiting.push(message);
  }
}

/** Small files, so that a short history goes over many. */
const maxFileSize = { journal: 6_000, segment: 4_000 };

/** @param alive whether the machine has not gone down since: what waited on it then waits for ever */
export function threadsOf(world: World, alive: () => boolean, onDurable: (size: number) => void): Threads {
  return {
    slots: 3,
    reader: (file) =>
      new SimulatedThread(world, alive, async (post) => {
        const readers = new CatalogueReaders(file);
        return (message: ToReader) => post(answer(readers, message));
      }),
    writer: (settings) =>
      new SimulatedThread(world, alive, (post) => beginWriter(world, alive, settings, post, onDurable)),
  };
}

async function beginWriter(
  world: World,
  alive: () => boolean,
  settings: WriterSettings,
  post: (message: unknown) => void,
  onDurable: (size: number) => void,
) {
  const layout = layoutOf(settings.dataFolder);
  const manifest = (await readManifest(layout.manifest))!;
  const random = (size: number): Buffer => world.random.bytes(size);
  const keyring = await readKeyring(settings.keyFile, manifest, random);
  const durable = new BigInt64Array(settings.durable);
  const compression = { allows: () => true, spent: () => {} };
  const stores = await openStores({
    layout,
    manifest,
    keyring,
    keyFile: settings.keyFile,
    compression,
    random,
    now: world.clock,
    maxFileSize,
    onDurable(size) {
      if (alive()) Atomics.store(durable, 0, BigInt(size));
      onDurable(size);
    },
  });
  const host = {
    post,
    now: world.clock,
    turn: async () => {
      await world.sleep(0);
      if (!alive()) await new Promise(() => {});
    },
    after: (milliseconds: number, action: () => void) =>
      void world.after(milliseconds, () => void (alive() && action())),
  };
  const rules = {
    ...settings,
    random: () => world.random.next(),
    pixelKey: keyring.derived("pixel digest"),
    spillThreshold: 2_000,
  };
  const service = new WriterService(stores, host, rules, settings.slots);
  service.handle({ type: "events", events: [systemEvent("start", settings.startedAt)] });
  post({ type: "ready", archive: manifest.archive, position: service.position, setAside: stores.journal.setAside });
  return (message: ToWriter) => service.handle(message);
}
