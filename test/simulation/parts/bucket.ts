/**
 * A bucket under Object Lock behind a bad network: requests and answers are lost, delayed and doubled, listings are
 * behind, bytes arrive altered. What it has, nobody removes; whoever has credentials can write over any name.
 */
import type { ReplicaTarget, Stored } from "../../../src/vault/replica/index.ts";
import type { World } from "../world/world.ts";

interface Version {
  version: string;
  bytes: Buffer;
  /** When listings show it, ms from the beginning. */
  listed: number;
}

const slowest = 200; // ms
const staleFor = 5_000; // ms

export class Bucket implements ReplicaTarget {
  readonly place = "s3://simulated";
  /** Of a request meeting with something bad, 0 to 1. */
  trouble = 0;
  readonly #world: World;
  readonly #objects = new Map<string, Version[]>();
  #next = 1;

  constructor(world: World) {
    this.#world = world;
  }

  async add(name: string, bytes: Buffer): Promise<void> {
    const sent = Buffer.from(bytes);
    await this.#travel();
    const fate = this.#fate();
    if (fate === 0) throw lost();
    if (fate === 1) {
      this.#world.after(this.#world.random.next() * 20 * slowest, () => this.#put(name, sent));
      throw lost();
    }
    this.#put(name, sent);
    if (fate === 2) this.#put(name, sent);
    await this.#travel();
    if (fate === 3) throw lost();
  }

  async *list(prefix: string): AsyncGenerator<Stored> {
    await this.#travel();
    const fate = this.#fate();
    if (fate === 0) throw lost();
    const seenAt = this.#world.elapsed;
    for (const name of [...this.#objects.keys()].sort())
      if (name.startsWith(prefix))
        for (const { version, bytes, listed } of this.#objects.get(name)!)
          if (listed <= seenAt) yield { name, version, size: bytes.length };
  }

  async read({ name, version }: Stored): Promise<Buffer> {
    await this.#travel();
    const fate = this.#fate();
    if (fate === 0) throw lost();
    const found = this.#objects.get(name)!.find((each) => each.version === version)!;
    const bytes = Buffer.from(found.bytes);
    if (fate === 1 && bytes.length > 0) bytes[this.#world.random.int(0, bytes.length - 1)]! ^= 1;
    return fate === 2 ? bytes.subarray(0, this.#world.random.int(0, bytes.length)) : bytes;
  }

  close(): void {}

  /** All that credentials can do: write over. */
  overwriteAll(): void {
    for (const name of [...this.#objects.keys()]) this.#put(name, this.#world.random.bytes(80));
  }

  /** Puts one thing of its own over a name: an older point under the name of the next, for one. */
  replay(): void {
    const names = [...this.#objects.keys()];
    if (names.length < 2) return;
    const { random } = this.#world;
    this.#put(random.pick(names), this.#objects.get(random.pick(names))!.at(-1)!.bytes);
  }

  #put(name: string, bytes: Buffer): void {
    const versions = this.#objects.get(name) ?? [];
    this.#objects.set(name, versions);
    const before = versions.at(-1)?.listed ?? 0;
    const late = this.#world.random.chance(this.trouble) ? this.#world.random.next() * staleFor : 0;
    versions.push({ version: String(this.#next++), bytes, listed: Math.max(before, this.#world.elapsed + late) });
  }

  /** 0 to 3: something bad; 4: nothing. */
  #fate(): number {
    return this.#world.random.chance(this.trouble) ? this.#world.random.int(0, 3) : 4;
  }

  #travel(): Promise<void> {
    return this.#world.sleep(this.#world.random.next() * (this.trouble > 0 ? slowest : 1));
  }
}

const lost = (): Error => Object.assign(new Error("connection lost"), { code: "ECONNRESET" });
