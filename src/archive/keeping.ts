/** Keeping the keys: what is wrapped by what, new keys for clinics and the root, and whether a copy of the key file is due. */
import type { CatalogueReaders } from "../catalogue/index.ts";
import type { AccessEvent } from "../core/index.ts";
import { type CopyNote, type Keyring, lastCopy, type ObjectKeys } from "../vault/index.ts";
import type { WriterClient } from "./writer/client.ts";
import type { KeyExchange } from "./writer/protocol.ts";

export interface KeyState {
  /** Generation of the root key in use; 0: the key file has none. */
  root: number;
  /** The key file holds no older root key any more. */
  settled: boolean;
  clinics: {
    tenant: string;
    generation: number;
    /** Patients' keys, and those of them that are not under the clinic's newest key yet. */
    patients: number;
    behind: number;
  }[];
  /** The last copy of the key file that is on record. */
  copy?: CopyNote;
  /** No copy of the key file with this root key is on record: the envelope is to be renewed. */
  copyDue: boolean;
}

export interface KeyParts {
  writer: WriterClient;
  points: CatalogueReaders;
  keyring: Keyring;
  keys: ObjectKeys;
  keyFile: string;
}

/** Exchanges that go on by themselves have their event in the entry of the erasure. */
const nobody: AccessEvent = {
  time: "",
  activity: "admin",
  status: "success",
  protocol: "internal",
  operation: "erase",
  actor: {},
  src_endpoint: {},
};

export class KeyKeeping {
  readonly #parts: KeyParts;

  constructor(parts: KeyParts) {
    this.#parts = parts;
  }

  async state(): Promise<KeyState> {
    const { writer, points, keyring, keys, keyFile } = this.#parts;
    await writer.makeVisible();
    const rows = points.main.keys;
    const [root, copy] = [keys.newestRoot, await lastCopy(keyFile)];
    const clinics = rows
      .tenants()
      .map((tenant) => ({ tenant, generation: rows.newestClinicKey(tenant), ...rows.count(tenant) }));
    return {
      root,
      settled: keyring.root === root,
      clinics,
      ...(copy ? { copy } : {}),
      copyDue: (copy?.generation ?? -1) < root,
    };
  }

  /** Whether the key file still holds a root key that is no longer in use. */
  async unsettled(): Promise<boolean> {
    const { writer, keyring, keys } = this.#parts;
    await writer.makeVisible();
    return keyring.root !== keys.newestRoot;
  }

  /**
   * All below it is wrapped anew, and everything can be read meanwhile. What breaks off is gone on with at the next start.
   * @throws HoldfastError request/not-found, request/conflict while the last exchange of the root is not settled,
   * storage/key when the key file has no root
   */
  async exchange(event: AccessEvent, exchange: KeyExchange): Promise<void> {
    const { writer, keys } = this.#parts;
    try {
      await writer.exchange(event, exchange);
    } finally {
      keys.forget(); // a key may be destroyed already where a later step failed
    }
  }

  /** Goes on with what erasures have left to be exchanged: the root key once the exchange before is settled. */
  async finishErasures(): Promise<void> {
    await this.exchange(nobody, { of: "erased" });
  }

  /** Older root keys leave the key file: for when every copy of the data has what came with the newest. */
  async settle(): Promise<void> {
    const { writer, keys } = this.#parts;
    await writer.makeVisible();
    await writer.settle();
    keys.settle();
  }
}
