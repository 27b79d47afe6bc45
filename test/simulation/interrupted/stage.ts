/** An archive whose key file lies on the disk that goes down. */
import assert from "node:assert/strict";
import { type OpenArchive, openArchive } from "../../../src/archive/index.ts";
import { createKeyFile, layoutOf, writeManifest } from "../../../src/vault/index.ts";
import { makeObject } from "../../support/made-object.ts";
import { by } from "../acts.ts";
import { Disk } from "../disk/disk.ts";
import { mkdir, readFile, writeFile } from "../disk/promises.ts";
import { threadsOf } from "../parts/thread.ts";
import { digestOf } from "../truth.ts";
import type { World } from "../world/world.ts";

const archive = "00000000-0000-4000-8000-000000000000";
export const keyFile = "/machine/safe/key.json";

export class Stage {
  readonly world: World;
  readonly disk: Disk;
  readonly dataFolder = "/machine/data";
  readonly stored: { tenant: string; uid: string; patient: string; digest: string }[] = [];
  archive!: OpenArchive;
  #firstKeyFile: Uint8Array = Buffer.alloc(0);

  constructor(world: World) {
    this.world = world;
    this.disk = new Disk(world, "machine");
    world.disks.set("machine", this.disk);
  }

  async create(): Promise<void> {
    const created = new Date(this.world.now).toISOString();
    await mkdir(this.dataFolder, { recursive: true });
    const keyring = await createKeyFile(keyFile, archive, created, (size) => this.world.random.bytes(size));
    await writeManifest(layoutOf(this.dataFolder).manifest, archive, created, keyring);
    this.#firstKeyFile = Buffer.from(await readFile(keyFile));
    for (const folder of [[], ["data"], ["safe"]]) this.disk.folder(folder).sync();
    await this.start();
  }

  async start(): Promise<OpenArchive> {
    const { boot } = this.disk;
    this.archive = await openArchive({
      dataFolder: this.dataFolder,
      keyFile,
      retentionDays: 1,
      erasureDelayDays: 1,
      now: this.world.clock,
      runOn: threadsOf(
        this.world,
        () => this.disk.boot === boot,
        () => {},
      ),
    });
    return this.archive;
  }

  async stop(): Promise<void> {
    await this.archive.close();
  }

  /** Of the stopped archive. */
  async useFirstKeyFile(): Promise<void> {
    await writeFile(keyFile, this.#firstKeyFile);
  }
}

/** Stores one more object of the patient. */
export async function put(stage: Stage, tenant: string, patient: string): Promise<void> {
  const count = stage.stored.length + 1;
  const { file, sopInstanceUid: uid } = makeObject({ patient, study: count, instance: count });
  const sink = stage.archive.tenant(tenant).store(by("anna"), { form: "file" });
  await sink.write(file);
  assert.equal((await sink.end()).ok, true);
  stage.stored.push({ tenant, uid, patient, digest: digestOf(file) });
}
