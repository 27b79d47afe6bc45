/**
 * The archive's secrets: a master key that wraps journal keys and secrets, the root key that wraps the clinics' keys, and
 * the Ed25519 key that signs checkpoints. They live in one file outside the data folder: whoever has only the data folder
 * can read nothing and sign nothing.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
} from "node:crypto";
import { HoldfastError } from "../../core/index.ts";
import { type KeyFile, keyBytes, type RootKey } from "./key-file.ts";
import { type RandomBytes, unwrapKey, wrapKey, wrappedKeySize } from "./wrap.ts";

export { type KeyFile, newKeyFile } from "./key-file.ts";
export { type RandomBytes, wrappedKeySize } from "./wrap.ts";

const nonceSize = 12;

/** The same randomness fetched a page at a time: many small requests to the system cost more than the bytes. */
export function pooled(random: RandomBytes, page = 4096): RandomBytes {
  let pool: Buffer = Buffer.alloc(0);
  return (size) => {
    if (size > pool.length) pool = random(Math.max(page, size));
    const bytes = Buffer.from(pool.subarray(0, size));
    pool.fill(0, 0, size);
    pool = pool.subarray(size);
    return bytes;
  };
}

const ed25519Pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex"); // RFC 8410 section 7

const privateKey = (seed: string): KeyObject =>
  createPrivateKey({ key: Buffer.concat([ed25519Pkcs8, keyBytes(seed)]), format: "der", type: "pkcs8" });

export class Keyring {
  readonly #signing: KeyObject | undefined;
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Names the master key without revealing it: which key file opens which archive. */
  readonly id: string;
  /** Of the archive that the key file is for. */
  readonly archive: string;
  readonly #roots: Map<number, KeyObject>;
  #root: number;
  readonly #master: KeyObject;
  readonly #random: RandomBytes;

  constructor(file: KeyFile, random: RandomBytes) {
    const master = keyBytes(file.master);
    this.archive = file.archive;
    const roots = [file.root, file.next].filter((root) => root !== undefined);
    this.#root = file.root?.generation ?? 0;
    this.#roots = new Map(roots.map(({ generation, key }) => [generation, createSecretKey(keyBytes(key))]));
    this.#master = createSecretKey(master); // ciphers start several times faster from a key object
    this.#random = random;
    this.#signing = file.signing === undefined ? undefined : privateKey(file.signing);
    this.publicKey = this.#signing
      ? createPublicKey(this.#signing).export({ format: "der", type: "spki" }).subarray(-32)
      : keyBytes(file.verifying ?? "");
    this.id = createHash("sha256").update("holdfast master key id\0").update(master).digest("hex").slice(0, 16);
  }

  /** False of a key file that only reads. */
  get signs(): boolean {
    return this.#signing !== undefined;
  }

  /** @throws HoldfastError storage/key when the key file only reads */
  get signing(): KeyObject {
    if (!this.#signing) throw new HoldfastError("storage/key", "This key file only reads; the archive needs its own.");
    return this.#signing;
  }

  /** Root keys by generation: that of the file, while it is being exchanged also the next; none of an old file. */
  get roots(): ReadonlyMap<number, KeyObject> {
    return this.#roots;
  }

  /** Generation of the root key that the file is of; 0 of an old one, which has none. */
  get root(): number {
    return this.#root;
  }

  /** The root key that comes next, from now on known. */
  adopt({ generation, key }: RootKey): void {
    this.#roots.set(generation, createSecretKey(keyBytes(key)));
  }

  /** Lets go of all root keys but this one. */
  keepOnly(generation: number, key: KeyObject): void {
    this.#root = generation;
    this.#roots.clear();
    this.#roots.set(generation, key);
  }

  /** A 256-bit key of this archive for one purpose: the same at every start, and nothing follows from it about others. */
  derived(purpose: string): KeyObject {
    return createSecretKey(createHmac("sha256", this.#master).update(`holdfast ${purpose}\0`).digest());
  }

  /** A fresh 256-bit key, not wrapped yet. */
  freshKey(): Buffer {
    return this.#random(32);
  }

  /** A key under another, or under the master key when none is named; `purpose` is authenticated. */
  wrap(key: Uint8Array, purpose: Uint8Array, under: KeyObject = this.#master): Buffer {
    return wrapKey(under, key, purpose, this.#random(nonceSize));
  }

  /** A fresh 256-bit data key and its wrapped form (AES-256-GCM under the master key, `purpose` authenticated). */
  newKey(purpose: Uint8Array): { key: KeyObject; wrapped: Buffer } {
    const key = this.freshKey();
    return { key: createSecretKey(key), wrapped: this.wrap(key, purpose) };
  }

  /** A short secret under a data key of its own: wrapped key ‖ AES-256-GCM, nonce of zeros as the key is used once. */
  seal(secret: Uint8Array, purpose: Uint8Array): Buffer {
    const { key, wrapped } = this.newKey(purpose);
    const cipher = createCipheriv("aes-256-gcm", key, Buffer.alloc(nonceSize)).setAAD(purpose);
    const sealed = cipher.update(secret);
    cipher.final();
    return Buffer.concat([wrapped, sealed, cipher.getAuthTag()]);
  }

  /** @throws HoldfastError storage/key when it was sealed otherwise or altered. */
  unseal(sealed: Uint8Array, purpose: Uint8Array): Buffer {
    if (sealed.length < wrappedKeySize + 16) throw new HoldfastError("storage/key", "A secret is damaged.");
    const key = this.unwrap(sealed.subarray(0, wrappedKeySize), purpose);
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.alloc(nonceSize)).setAAD(purpose);
    decipher.setAuthTag(sealed.subarray(-16));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(wrappedKeySize, -16)), decipher.final()]);
    } catch (cause) {
      throw new HoldfastError("storage/key", "A secret cannot be opened.", { cause });
    }
  }

  /** @throws HoldfastError storage/key when this key did not wrap it or it was altered. */
  unwrap(wrapped: Uint8Array, purpose: Uint8Array): KeyObject {
    return unwrapKey(this.#master, wrapped, purpose);
  }
}
