/**
 * What a witness keeps: its key, and the largest checkpoint it has seen of each log. The two lie in one folder on
 * purpose: a witness that lost its memory must not go on with a key that others still trust.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import { makeFolder, replaceFile } from "../durable.ts";
import type { RandomBytes } from "../keys/keyring.ts";
import { lockFolder } from "../lock.ts";
import { algorithms, type Verifier, verifierText } from "../note.ts";

const ed25519Pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex"); // RFC 8410 section 7

interface KeyFile {
  holdfast: "witness";
  version: 1;
  name: string;
  /** Ed25519 seed, 32 bytes, base64. */
  seed: string;
}

/** How an origin is named in files and addresses: SHA-256, hex. */
export const originHash = (origin: string): string => createHash("sha256").update(origin).digest("hex");

export class WitnessStore implements Disposable {
  readonly verifier: Verifier;
  readonly signing: KeyObject;
  readonly #folder: string;
  readonly #lock: Disposable;

  private constructor(folder: string, lock: Disposable, verifier: Verifier, key: KeyObject) {
    this.#folder = folder;
    this.#lock = lock;
    this.verifier = verifier;
    this.signing = key;
  }

  /** Its verifier key, for those who pin it. */
  get key(): string {
    return verifierText(this.verifier);
  }

  /**
   * A new folder gets a key under the name. @throws HoldfastError storage/locked while another process has the folder,
   * storage/key when its key is damaged or of another name.
   */
  static async open(folder: string, name: string, random: RandomBytes): Promise<WitnessStore> {
    await makeFolder(folder);
    const lock = lockFolder(join(folder, "lock"));
    try {
      const { seed } = await readOrMakeKey(join(folder, "witness.json"), name, random);
      const key = createPrivateKey({ key: Buffer.concat([ed25519Pkcs8, seed]), format: "der", type: "pkcs8" });
      const publicKey = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
      return new WitnessStore(folder, lock, { name, publicKey, algorithm: algorithms.cosignature }, key);
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
  }

  /** The largest checkpoint of a log; undefined when none was seen. */
  async read(origin: string): Promise<string | undefined> {
    return readFile(this.#path(origin), "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
  }

  /** Durable when it resolves. */
  write(origin: string, note: string): Promise<void> {
    return replaceFile(this.#path(origin), note);
  }

  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]();
  }

  #path(origin: string): string {
    return join(this.#folder, `${originHash(origin)}.note`);
  }
}

async function readOrMakeKey(path: string, name: string, random: RandomBytes): Promise<{ seed: Buffer }> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) {
    const seed = random(32);
    const file: KeyFile = { holdfast: "witness", version: 1, name, seed: seed.toString("base64") };
    await replaceFile(path, `${JSON.stringify(file, undefined, 2)}\n`);
    return { seed };
  }
  const file = parse(text);
  const seed = Buffer.from(file?.seed ?? "", "base64");
  if (file?.holdfast !== "witness" || seed.length !== 32)
    throw new HoldfastError("storage/key", "The witness's key file is damaged.");
  if (file.name !== name)
    throw new HoldfastError("storage/key", `The witness in this folder is named ${file.name}, not ${name}.`);
  return { seed };
}

function parse(text: string): KeyFile | undefined {
  try {
    return JSON.parse(text) as KeyFile;
  } catch {
    return undefined;
  }
}
