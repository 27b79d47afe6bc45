/** The replicas of an archive: a bucket and a folder, each with a replicator that goes on after every start. */
import {
  FolderTarget,
  type ReplicaTarget,
  Replicator,
  restoreReplica,
  type Stored,
} from "../../../src/vault/replica/index.ts";
import { Disk } from "../disk/disk.ts";
import { Broken } from "../invariants.ts";
import type { Truth } from "../truth.ts";
import type { World } from "../world/world.ts";
import { Bucket } from "./bucket.ts";
import type { Machine } from "./machine.ts";

export class Copies {
  readonly bucket: Bucket;
  readonly folder: FolderTarget;
  /** The second disk, in the same machine: it goes down with it. */
  readonly disk: Disk;
  readonly #world: World;
  #replicators = new Map<string, Replicator>();
  /** An archive came back from one of them: the others may hold what it has lost. */
  readonly strangers = new Set<string>();
  /** They do: such a one is no replica of this archive any more. */
  readonly #forked = new Set<string>();

  constructor(world: World, name: string) {
    this.#world = world;
    this.bucket = new Bucket(world);
    this.disk = new Disk(world, name);
    world.disks.set(name, this.disk);
    this.folder = new FolderTarget(`/${name}/replica`);
  }

  get targets(): ReplicaTarget[] {
    return [this.bucket, this.folder];
  }

  follow(machine: Machine): void {
    machine.disk.onFall((how) => {
      this.disk.fall(how);
      this.#replicators.clear();
    });
  }

  /** As the server tells of them. */
  status(): { entries: number }[] {
    const own = this.targets.filter(({ place }) => !this.#forked.has(place));
    return own.map(({ place }) => ({ entries: this.#replicators.get(place)?.point?.entries ?? 0 }));
  }

  /** The archive starts, or another takes its place. */
  forget(): void {
    this.#replicators.clear();
  }

  /** One round. What it says is there has been promised. */
  async round(machine: Machine, truth: Truth, target: ReplicaTarget): Promise<void> {
    const { disk, dataFolder, manifest, keyring } = machine;
    const { boot } = disk;
    const replicator =
      this.#replicators.get(target.place) ??
      new Replicator({
        dataFolder,
        manifest,
        keyring,
        target: new FromMachine(target, disk),
        now: this.#world.clock,
        wait: (milliseconds) => this.#world.sleep(milliseconds),
      });
    this.#replicators.set(target.place, replicator);
    try {
      await replicator.round();
    } catch (error) {
      if ((error as { code?: string }).code !== "replica/fork") return;
      if (!this.strangers.has(target.place))
        throw new Broken("replicaIsOurs", `${target.place} is said to hold another history.`);
      this.#forked.add(target.place);
      return;
    }
    if (disk.boot === boot && replicator.point) truth.promised.set(target.place, replicator.point.entries);
  }
}

/** A target as a machine reaches it: when the machine goes down, so does what it was about to do there. */
class FromMachine implements ReplicaTarget {
  readonly place: string;
  readonly #target: ReplicaTarget;
  readonly #disk: Disk;
  readonly #boot: number;

  constructor(target: ReplicaTarget, disk: Disk) {
    this.place = target.place;
    this.#target = target;
    this.#disk = disk;
    this.#boot = disk.boot;
  }

  add(name: string, bytes: Buffer): Promise<void> {
    return this.#alive(() => this.#target.add(name, bytes));
  }

  async *list(prefix: string): AsyncGenerator<Stored> {
    const all: Stored[] = [];
    await this.#alive(async () => {
      for await (const stored of this.#target.list(prefix)) all.push(stored);
    });
    yield* all;
  }

  read(stored: Stored): Promise<Buffer> {
    return this.#alive(() => this.#target.read(stored));
  }

  close(): void {}

  async #alive<T>(act: () => Promise<T>): Promise<T> {
    const gone = () => new Promise<never>(() => {});
    if (this.#disk.boot !== this.#boot) return gone();
    const done = await act().then(
      (value) => ({ value }),
      (error: Error) => ({ error }),
    );
    if (this.#disk.boot !== this.#boot) return gone();
    if ("error" in done) throw done.error;
    return done.value;
  }
}

/** Restores onto a machine that has nothing, as often as it takes. @returns entries that came back */
export async function restoreOnto(machine: Machine, target: ReplicaTarget, at?: number): Promise<number> {
  const { dataFolder, keyring, manifest } = machine;
  const { point } = await restoreReplica({
    target: new FromMachine(target, machine.disk),
    archive: manifest.archive,
    keyring,
    dataFolder,
    ...(at === undefined ? {} : { at }),
  });
  return point.entries;
}
