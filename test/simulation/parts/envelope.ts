/** The copies of the key file in the safe: what a machine that is lost is replaced with, and what an erasure waits for. */
import { readFile } from "../disk/promises.ts";
import type { World } from "../world/world.ts";
import type { Machine } from "./machine.ts";

export class Envelope {
  copies: Buffer[];
  /** Opens all that ever was: nobody has it any more once the envelope is renewed, only the proof. */
  readonly first: Buffer;
  readonly #world: World;

  constructor(world: World, first: Buffer) {
    this.#world = world;
    this.first = first;
    this.copies = [first];
  }

  /** One that comes to hand. */
  any(): Buffer {
    return this.#world.random.pick(this.copies);
  }

  async add(machine: Machine): Promise<void> {
    this.copies.push(await copyOf(machine));
  }

  /** All older copies are destroyed. */
  async renew(machine: Machine): Promise<void> {
    this.copies = [await copyOf(machine)];
  }
}

const copyOf = async ({ keyFile }: Machine): Promise<Buffer> => Buffer.from(await readFile(keyFile));
