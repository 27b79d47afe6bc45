/** A machine with an archive on it: it starts, goes down, starts again. */
import { type Archive, type InstanceRef, type OpenArchive, openArchive } from "../../../src/archive/index.ts";
import { Keyring, type Manifest, parseKeyFile, replaceFile } from "../../../src/vault/index.ts";
import { Disk } from "../disk/disk.ts";
import { removeDatabases } from "../disk/sqlite.ts";
import { digestOf } from "../truth.ts";
import type { World } from "../world/world.ts";
import { threadsOf } from "./thread.ts";

export const tenants = ["default", "north"];
/** An archive that runs. */
export interface Opened {
  archive: OpenArchive;
  dataFolder: string;
  keyring: Keyring;
}

export const keyFileOn = (disk: Disk): string => `/${disk.name}/key.json`;

/** Short, so that histories of some days go beyond them. */
const terms = { retentionDays: 2, erasureDelayDays: 1 };

export class Machine {
  readonly disk: Disk;
  readonly dataFolder: string;
  /** On the same disk, as in service. */
  readonly keyFile: string;
  readonly world: World;
  readonly manifest: Manifest;
  /** As the key file was when the machine got it. */
  readonly keyring: Keyring;
  #opened: Opened | undefined;

  constructor(world: World, disk: Disk, manifest: Manifest, keyring: Keyring) {
    this.world = world;
    this.manifest = manifest;
    this.keyring = keyring;
    this.disk = disk;
    this.dataFolder = `/${disk.name}/data`;
    this.keyFile = keyFileOn(disk);
    this.disk.onFall((how) => {
      this.#opened = undefined;
      // The catalogue survives, or is lost: it is nothing that has to be kept.
      if (how === "power cut" && world.random.chance(0.3)) removeDatabases(this.disk);
    });
  }

  /** A new one, that has nothing but a copy of the key file. */
  static async fresh(world: World, name: string, manifest: Manifest, copy: Buffer): Promise<Machine> {
    const disk = new Disk(world, name);
    world.disks.set(name, disk);
    await replaceFile(keyFileOn(disk), copy);
    const keyring = new Keyring(parseKeyFile(copy.toString()), (size) => world.random.bytes(size));
    return new Machine(world, disk, manifest, keyring);
  }

  get opened(): Opened | undefined {
    return this.#opened;
  }

  /** @param durable told of entries that are durable now */
  async start(durable: (size: number) => void): Promise<Opened> {
    const { boot } = this.disk;
    const alive = (): boolean => this.disk.boot === boot;
    const archive = await openArchive({
      dataFolder: this.dataFolder,
      keyFile: this.keyFile,
      ...terms,
      now: this.world.clock,
      runOn: threadsOf(this.world, alive, (size) => {
        if (alive()) durable(size);
      }),
    });
    this.#opened = { archive, dataFolder: this.dataFolder, keyring: this.keyring };
    return this.#opened;
  }

  async stop(): Promise<void> {
    await this.#opened?.archive.close();
    this.#opened = undefined;
  }

  /** The act, unless the machine goes down under it. */
  async during<T>(act: () => Promise<T>): Promise<T | undefined> {
    const down = this.disk.down.then(() => undefined); // before the act, which may bring it down at once
    return Promise.race([act(), down]);
  }
}

/** SHA-256 of the whole Part 10 file, hex. */
export async function fileOf(archive: Archive, ref: InstanceRef): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive.open(ref).file()) chunks.push(chunk);
  return digestOf(Buffer.concat(chunks));
}

/** What there is to be seen, now or at an instant: `TENANT UID DIGEST` of each instance. */
export async function seenAt(archive: OpenArchive, at?: number): Promise<string> {
  const seen: string[] = [];
  for (const tenant of tenants)
    for (const { sopInstanceUid, digest } of await archive.tenant(tenant).resolve(at === undefined ? {} : { at }))
      seen.push(`${tenant} ${sopInstanceUid} ${digest}`);
  return JSON.stringify(seen.sort());
}
