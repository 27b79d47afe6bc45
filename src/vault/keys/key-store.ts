/**
 * The key file on disk while the root key is exchanged. It is replaced whole: a kill leaves the old file or the new one.
 * What the journal says of the new root decides which of the two in the file is in use, so each step may be the last.
 */
import { readFile } from "node:fs/promises";
import { HoldfastError } from "../../core/index.ts";
import { replaceFile } from "../durable.ts";
import { type KeyFile, newRootKey, parseKeyFile, type RootKey } from "./key-file.ts";
import type { RandomBytes } from "./wrap.ts";

export class KeyStore {
  readonly path: string;
  readonly #random: RandomBytes;

  constructor(path: string, random: RandomBytes) {
    this.path = path;
    this.#random = random;
  }

  /** @throws HoldfastError storage/key when it is missing or damaged */
  async read(): Promise<KeyFile> {
    const text = await readFile(this.path, "utf8").catch((cause: NodeJS.ErrnoException) => {
      throw new HoldfastError("storage/key", `The key file cannot be read (${cause.code}).`, { cause });
    });
    return parseKeyFile(text);
  }

  /**
   * The root key of this generation beside the present one, durable when it resolves. One that an exchange which broke
   * off left there is taken.
   */
  async prepare(generation: number): Promise<RootKey> {
    const file = await this.read();
    if (file.next?.generation === generation) return file.next;
    const next = newRootKey(generation, this.#random);
    await this.write({ ...file, next });
    return next;
  }

  /** From now on the file holds this root key alone. */
  async settle(root: RootKey): Promise<void> {
    const { next: _, ...file } = await this.read();
    await this.write({ ...file, version: 2, root });
  }

  async write(file: KeyFile): Promise<void> {
    await replaceFile(this.path, encodeKeyFile(file));
  }
}

export const encodeKeyFile = (file: KeyFile): string => `${JSON.stringify(file, undefined, 2)}\n`;
