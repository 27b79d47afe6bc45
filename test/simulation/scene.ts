/** Who and what a history is about: an archive on a machine, its copies, its companions, the envelope, and the truth. */
import { createKeyFile, layoutOf, writeManifest } from "../../src/vault/index.ts";
import { Companions } from "./companions.ts";
import { Disk } from "./disk/disk.ts";
import { mkdir, readFile } from "./disk/promises.ts";
import { Gone } from "./gone.ts";
import * as must from "./invariants.ts";
import { Broken } from "./invariants.ts";
import { type Model, replay } from "./model.ts";
import { Copies } from "./parts/copies.ts";
import { Envelope } from "./parts/envelope.ts";
import { Keeper } from "./parts/keeper.ts";
import { keyFileOn, Machine } from "./parts/machine.ts";
import { checkpointsIn, type Entry, entriesIn, Truth } from "./truth.ts";
import type { World } from "./world/world.ts";

export interface Told {
  acts: number;
  falls: number;
  faults: number;
  restores: number;
  acknowledged: number;
  /** Versions that were erased or collected. */
  gone: number;
}

export class Scene {
  readonly world: World;
  readonly truth = new Truth();
  machine!: Machine;
  copies!: Copies;
  companions!: Companions;
  envelope!: Envelope;
  #keeper: Keeper | undefined;
  readonly told: Told = { acts: 0, falls: 0, faults: 0, restores: 0, acknowledged: 0, gone: 0 };
  /** Of an operation failing while faults are let loose. */
  readonly rate: number;
  /** The archive's disk fails often, whatever the seed says, and a replica is behind when it is lost. */
  readonly harsh: boolean;

  constructor(world: World, harsh: boolean) {
    this.world = world;
    this.harsh = harsh;
    this.rate = harsh ? 0.12 : world.random.pick([0, 0.002, 0.01, 0.05]);
  }

  async create(): Promise<void> {
    const { world } = this;
    this.copies = new Copies(world, "copies0");
    const archive = uuidOf(world.random.bytes(16).toString("hex"));
    const created = new Date(world.now).toISOString();
    const disk = new Disk(world, "archive0");
    world.disks.set("archive0", disk);
    const keyFile = keyFileOn(disk);
    const keyring = await createKeyFile(keyFile, archive, created, (size) => world.random.bytes(size));
    const dataFolder = "/archive0/data";
    await mkdir(dataFolder, { recursive: true });
    const manifest = await writeManifest(layoutOf(dataFolder).manifest, archive, created, keyring);
    for (const folder of [[], ["data"]]) disk.folder(folder).sync();
    this.envelope = new Envelope(world, Buffer.from(await readFile(keyFile)));
    this.machine = new Machine(world, disk, manifest, keyring);
    this.copies.follow(this.machine);
    this.companions = new Companions(world, this.machine);
    await this.start();
    await this.companions.start(this.envelope.first);
  }

  durable(size: number): void {
    this.truth.durable = Math.max(this.truth.durable, size);
  }

  async start(): Promise<void> {
    try {
      await this.machine.start((size) => this.durable(size));
    } catch (error) {
      throw new Broken("opens", String(error));
    }
    this.companions.follow(this.machine);
    this.goOn();
  }

  /** The keys' upkeep ends what it is at, and begins nothing. */
  async pause(): Promise<void> {
    await this.#keeper?.end();
    const complaints = this.#keeper?.complaints.length ?? 0;
    must.hold("opens", complaints === 0, () => "The keys' upkeep met with a fault of its own.");
    this.#keeper = undefined;
  }

  goOn(): void {
    this.#keeper = new Keeper(this.machine.opened!.archive, this.machine.disk, () => this.copies.status());
  }

  async stop(): Promise<void> {
    await this.companions.forget();
    await this.pause();
    await this.machine.stop();
    this.copies.forget();
  }

  /** What a failed batch left may be taken back, by the keys' upkeep, at this very moment: then it is read again. */
  async entries(tries = 3): Promise<Entry[]> {
    const { dataFolder, manifest, keyring } = this.machine;
    return entriesIn(dataFolder, manifest.archive, keyring).catch(async (error) => {
      if (tries === 0) throw error;
      await this.world.sleep(1);
      return this.entries(tries - 1);
    });
  }

  async model(): Promise<Model> {
    return replay(await this.entries(), ({ actor }) => actor.user?.name === "eve");
  }

  /** While nobody does anything but the mirror, which follows. */
  async check(): Promise<void> {
    await this.pause();
    const opened = this.machine.opened!;
    await opened.archive.flush();
    const { accepted } = this.companions;
    const { verifier } = this.machine.manifest.key;
    const checkpoints = await checkpointsIn(opened.dataFolder, verifier);
    const entries = await this.entries();
    must.journalOnlyGrows(this.truth, entries);
    must.checkpointsAgree(this.truth, entries, checkpoints);
    const gone = new Gone(entries);
    this.told.gone = gone.versions.size;
    must.goneWasDue(gone);
    await must.goneIsGone(opened, gone);
    await must.acknowledgedIsKept(opened, this.truth, entries, gone);
    await must.asOfIsFixed(opened, this.truth);
    await this.companions.check(entries, accepted);
    this.goOn();
  }
}

const uuidOf = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
