/** A mirror on a machine of its own: it follows, falls, lies in the dark for a while, and follows again. */
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { Following } from "../../../src/archive/mirror/following.ts";
import type { MirrorProgress } from "../../../src/archive/mirror/protocol.ts";
import { openOrRebuild } from "../../../src/archive/writer/open.ts";
import {
  KeyStore,
  layoutOf,
  makeFolder,
  openKeyFile,
  originOf,
  Remote,
  replaceFile,
  verifierKey,
} from "../../../src/vault/index.ts";
import { Disk } from "../disk/disk.ts";
import { removeDatabases } from "../disk/sqlite.ts";
import { addressOf } from "../net/http.ts";
import type { World } from "../world/world.ts";
import { keyFileOn } from "./machine.ts";

export const originHost = "origin";

export class SimulatedMirror {
  readonly disk: Disk;
  readonly dataFolder: string;
  readonly keyFile: string;
  /** Entries that it has said to hold. */
  accepted = 0;
  /** Codes of the rounds that failed, of the last life. */
  readonly codes = new Set<string>();
  level = false;
  readonly #world: World;
  #stop: (() => Promise<void>) | undefined;

  constructor(world: World, name: string) {
    this.#world = world;
    this.disk = new Disk(world, name);
    this.dataFolder = `/${name}/data`;
    this.keyFile = keyFileOn(this.disk);
    world.disks.set(name, this.disk);
    this.disk.onFall((how) => {
      this.#stop = undefined;
      if (how === "power cut" && world.random.chance(0.3)) removeDatabases(this.disk);
    });
  }

  /** It gets a copy of the archive's key file. */
  install(copy: Buffer): Promise<void> {
    return replaceFile(this.keyFile, copy);
  }

  get runs(): boolean {
    return this.#stop !== undefined;
  }

  /** As its thread starts in service. */
  async start(): Promise<void> {
    const world = this.#world;
    const { boot } = this.disk;
    const layout = layoutOf(this.dataFolder);
    await makeFolder(this.dataFolder);
    const { archive, keyring } = await openKeyFile(this.keyFile, randomBytes);
    await makeFolder(dirname(layout.catalogue));
    const following = new Following({
      layout,
      archive,
      keyring,
      keyStore: new KeyStore(this.keyFile, randomBytes),
      verifier: verifierKey(originOf(archive), keyring.publicKey),
      remote: new Remote({ url: addressOf(this.disk.name, boot, originHost), idle: 20_000 }),
      openCatalogue: () => openOrRebuild(layout.catalogue),
      now: world.clock,
      told: (progress) => void (this.disk.boot === boot && this.#hear(progress)),
    });
    await following.open();
    this.#hear(following.progress);
    const stop = Promise.withResolvers<void>();
    const wait = async (milliseconds: number): Promise<void> => {
      await world.sleep(milliseconds);
      if (this.disk.boot !== boot) await new Promise(() => {});
    };
    const ran = following.run(stop.promise, wait);
    this.codes.clear();
    this.#stop = async () => {
      stop.resolve();
      await ran;
    };
  }

  async stop(): Promise<void> {
    const stop = this.#stop;
    this.#stop = undefined;
    await stop?.();
  }

  #hear({ entries, failures, code }: MirrorProgress): void {
    this.accepted = Math.max(this.accepted, entries);
    this.level = failures === 0;
    if (code !== undefined) this.codes.add(code);
  }
}
