/** The network between the machines of a history: what is sent is late, lost, doubled, or breaks off on the way. */
import type { Disk } from "../disk/disk.ts";
import type { World } from "../world/world.ts";

export interface Request {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** A reply as it arrives: whole, or as far as the connection held. */
export interface Arrived extends Reply {
  /** Bytes after which the connection breaks. */
  breaksAt?: number;
}

/** Who asks: a machine, in one of its lives. */
export interface Client {
  disk: Disk;
  boot: number;
}

interface Service {
  disk: Disk;
  answer(request: Request): Promise<Reply>;
}

const slowest = 100; // ms
/** An answer that does not come is waited for so long, ms. */
const patience = 15_000;

export class Network {
  /** Of a request meeting with something bad, 0 to 1. */
  trouble = 0;
  /** Hosts that nobody reaches. */
  readonly cut = new Set<string>();
  readonly #world: World;
  readonly #services = new Map<string, Service>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Until the machine goes down. */
  serve(host: string, disk: Disk, answer: Service["answer"]): void {
    const service = { disk, answer };
    this.#services.set(host, service);
    disk.onFall(() => {
      if (this.#services.get(host) === service) this.#services.delete(host);
    });
  }

  serves(host: string): boolean {
    return this.#services.has(host);
  }

  /** Never ends for a client that has gone down. @throws as a connection does */
  async ask(client: Client, host: string, request: Request): Promise<Arrived> {
    const done = await this.#carry(host, request).then(
      (arrived) => ({ arrived }),
      (error: Error) => ({ error }),
    );
    if (client.disk.boot !== client.boot) return new Promise(() => {});
    if ("error" in done) throw done.error;
    return done.arrived;
  }

  async #carry(host: string, request: Request): Promise<Arrived> {
    const { random } = this.#world;
    await this.#travel();
    const fate = random.chance(this.trouble) ? random.int(0, 3) : 4;
    const service = this.#services.get(host);
    if (!service || this.cut.has(host)) throw connection("ECONNREFUSED");
    if (fate === 0) return this.#silence();
    if (fate === 1) this.#again(host, service, request);
    const fell = service.disk.down.then((): never => {
      throw connection("ECONNRESET");
    });
    const reply = await Promise.race([service.answer(request), fell]);
    await this.#travel();
    if (fate === 2) return this.#silence();
    return fate === 3 ? { ...reply, breaksAt: random.int(0, reply.body.length) } : reply;
  }

  /** A retransmission that arrives as well, some time later. */
  #again(host: string, service: Service, request: Request): void {
    this.#world.after(this.#world.random.next() * 20 * slowest, () => {
      if (this.#services.get(host) === service) service.answer(request).catch(() => {});
    });
  }

  async #silence(): Promise<never> {
    await this.#world.sleep(patience);
    throw connection("ETIMEDOUT");
  }

  #travel(): Promise<void> {
    return this.#world.sleep(this.#world.random.next() * (this.trouble > 0 ? slowest : 1));
  }
}

const connection = (code: string): Error => Object.assign(new Error(code), { code });
