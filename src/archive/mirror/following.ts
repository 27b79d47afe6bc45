/** Round after round of following the origin, slower after failures. */
import { readFile } from "node:fs/promises";
import type { CatalogueWriter, JournalRecord } from "../../catalogue/index.ts";
import { type Clock, codeOf, HoldfastError } from "../../core/index.ts";
import {
  type Bandwidth,
  type Keyring,
  type KeyStore,
  type Layout,
  ObjectKeys,
  type Remote,
  replaceFile,
  verifySegment,
} from "../../vault/index.ts";
import { Follower, firstBytes, type MirrorSink, rangeFrom } from "../../vault/mirror/index.ts";
import { catchUp } from "../writer/catch-up.ts";
import type { MirrorProgress } from "./protocol.ts";

const roundEvery = 1_000; // ms
const slowest = 60_000; // ms

/** What is longer is no manifest. */
const longestManifest = 64 * 1024;

export interface FollowingOptions {
  layout: Layout;
  archive: string;
  keyring: Keyring;
  verifier: string;
  keyStore: KeyStore;
  remote: Remote;
  openCatalogue(): Promise<CatalogueWriter>;
  now: Clock;
  /** Absent: as fast as it goes. */
  bandwidth?: Pick<Bandwidth, "pass">;
  told(progress: MirrorProgress, error?: HoldfastError): void;
}

export class Following {
  readonly #options: FollowingOptions;
  readonly #follower: Follower;
  #catalogue!: CatalogueWriter;
  #progress: MirrorProgress = { entries: 0, time: 0, known: 0, bytes: 0, failures: 0 };
  /** Entries came: with them perhaps a new root key. */
  #exchanged = true;
  /** The origin's manifest was looked at since the last failure. */
  #known = false;

  constructor(options: FollowingOptions) {
    this.#options = options;
    const sink: MirrorSink = {
      apply: ({ seq, time, record }) => this.#catalogue.apply({ seq, time, record: record as JournalRecord }),
      // The entries were applied before: the catalogue knows the keys they brought.
      check: async (ledger) => {
        const keys = new ObjectKeys(options.keyring, this.#catalogue.keys);
        return (await verifySegment(options.layout.vault, keys, ledger, () => {})).problems;
      },
      collected: () => this.#catalogue.collected(),
      commit: () => {
        this.#catalogue.commit();
        this.#exchanged = true;
      },
      rollback: () => this.#catalogue.rollback(),
    };
    const onBytes = async (bytes: number): Promise<void> => {
      this.#progress.bytes += bytes;
      await options.bandwidth?.pass(bytes);
    };
    this.#follower = new Follower({ ...options, sink, onBytes });
  }

  get progress(): MirrorProgress {
    return { ...this.#progress };
  }

  /** Brings the catalogue to what the copy has accepted. @throws HoldfastError storage/* */
  async open(): Promise<void> {
    const { layout, archive, keyring, openCatalogue } = this.#options;
    const size = await this.#follower.open();
    this.#catalogue = await openCatalogue();
    const journalFolder = layout.journal;
    await catchUp({ catalogue: this.#catalogue, journal: { size }, journalFolder, archive, keyring });
    this.#progress = { ...this.#progress, entries: size, known: size, time: this.#follower.time };
  }

  /** Until stopped. Never throws. */
  async run(stopped: Promise<void>, wait: (milliseconds: number) => Promise<void>): Promise<void> {
    let going = true;
    const end = stopped.then(() => {
      going = false;
      this.#options.remote.close(); // a transfer under way breaks off; what came stays
    });
    while (going) {
      const level = await this.#round(() => going);
      const { failures } = this.#progress;
      const pause = Math.min(slowest, roundEvery * 2 ** Math.min(failures, 20));
      if (going && (level || failures > 0)) await Promise.race([wait(pause), end]);
    }
    await this.#follower.close();
    this.#catalogue.close();
  }

  /** @returns whether nothing newer is there */
  async #round(going: () => boolean): Promise<boolean> {
    const { told, now } = this.#options;
    try {
      if (!this.#known) await this.#manifest();
      this.#known = true;
      const { level, ...step } = await this.#follower.step();
      if (this.#exchanged) await this.#settleRoot();
      const { code: _, ...before } = this.#progress;
      this.#progress = { ...before, ...step, failures: 0, ...(level ? { level: now() } : {}) };
      told(this.progress);
      return level;
    } catch (error) {
      if (!going()) return false;
      this.#known = false;
      const known = error instanceof HoldfastError;
      const code = known ? error.code : codeOf(error) === "internal/error" ? "mirror/failed" : codeOf(error);
      this.#progress = { ...this.#progress, failures: this.#progress.failures + 1, code };
      told(this.progress, known ? error : new HoldfastError(code, undefined, { cause: error }));
      return false;
    }
  }

  /** An older root key leaves the mirror's key file too: the copy has what came with the newer one. */
  async #settleRoot(): Promise<void> {
    const { keyring, keyStore } = this.#options;
    this.#exchanged = false;
    const keys = new ObjectKeys(keyring, this.#catalogue.keys);
    if (keyring.root === keys.newestRoot) return;
    const root = keys.settle();
    if (root) await keyStore.settle({ generation: root.generation, key: root.key.export().toString("base64") });
  }

  /** holdfast.json, when it names the archive that our key file is for. @throws HoldfastError mirror/fork, mirror/failed */
  async #manifest(): Promise<void> {
    const { remote, layout, archive, keyring, verifier } = this.#options;
    const range = await rangeFrom(remote, "holdfast.json", 0);
    if (!range?.body) throw new HoldfastError("mirror/failed", "The origin names no archive.");
    const text = (await firstBytes(range.body, longestManifest)).toString("utf8");
    const stated = parse(text);
    if (stated?.archive !== archive || stated.key?.id !== keyring.id || stated.key?.verifier !== verifier)
      throw new HoldfastError("mirror/fork", "It is another archive than the one whose key file this mirror has.");
    const there = await readFile(layout.manifest, "utf8").catch(() => undefined);
    if (there !== text) await replaceFile(layout.manifest, text);
  }
}

function parse(text: string): { archive?: string; key?: { id?: string; verifier?: string } } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
