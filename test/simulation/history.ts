/** One history: an archive, its replicas, and everything that can happen to them, all of it drawn from one seed. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { assess, undo } from "../../src/archive/recovery/index.ts";
import { parseSelector } from "../../src/recovery/index.ts";
import { createKeyFile, readManifest, verifyArchive, writeManifest } from "../../src/vault/index.ts";
import { layoutOf } from "../../src/vault/layout.ts";
import { act, by, resetActs, type Who } from "./acts.ts";
import { Companions } from "./companions.ts";
import { Disk } from "./disk/disk.ts";
import { closeAll, mkdir } from "./disk/promises.ts";
import * as must from "./invariants.ts";
import { Broken } from "./invariants.ts";
import { type Model, replay } from "./model.ts";
import { Copies, restoreOnto } from "./parts/copies.ts";
import { keyFile, Machine, seenAt } from "./parts/machine.ts";
import { checkpointsIn, type Entry, entriesIn, Truth } from "./truth.ts";
import { enter, World } from "./world/world.ts";

export interface Told {
  acts: number;
  falls: number;
  faults: number;
  restores: number;
  acknowledged: number;
}

const attacker = parseSelector("eve");
/** Longer than a listing is behind or a request under way, ms. */
const settled = 10_000;
const suspicion = { principals: [attacker], from: 0, to: 8.64e15 };

/**
 * @param scratch a folder on a real memory disk
 * @param harsh the archive's disk fails often, whatever the seed says, and a replica is behind when it is lost
 * @throws Broken, with the account of what happened
 */
export async function history(seed: number, scratch: string, harsh = false): Promise<Told> {
  const folder = join(scratch, String(seed));
  mkdirSync(folder, { recursive: true });
  const world = new World(seed, folder);
  enter(world);
  resetActs();
  try {
    const one = new History(world, harsh);
    return await world.run(() => one.play());
  } finally {
    for (const disk of world.disks.values()) disk.fall("kill");
    closeAll();
    enter(undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}

class History {
  readonly #world: World;
  readonly #truth = new Truth();
  #machine!: Machine;
  #copies!: Copies;
  #companions!: Companions;
  #machines = 0;
  #undos = 0;
  readonly #told: Told = { acts: 0, falls: 0, faults: 0, restores: 0, acknowledged: 0 };
  /** Of an operation failing while faults are let loose. */
  readonly #rate: number;
  readonly #harsh: boolean;

  constructor(world: World, harsh: boolean) {
    this.#world = world;
    this.#harsh = harsh;
    this.#rate = harsh ? 0.12 : world.random.pick([0, 0.002, 0.01, 0.05]);
  }

  async play(): Promise<Told> {
    const { random } = this.#world;
    await this.#create();
    const steps = random.int(6, 16);
    for (let step = 0; step < steps; step++) {
      const what = random.next();
      if (what < 0.55) await this.#work();
      else if (what < 0.7) await this.#moment();
      else if (what < 0.8) await this.#episode();
      else if (what < 0.88) await this.#restart();
      else if (what < 0.93) this.#attackCopies();
      else if (what < 0.97) await this.#disaster();
      else if (what < 0.98) this.#world.step(random.int(-60_000, 60_000));
      else this.#companions.darkness();
      if (random.chance(0.3)) await this.#world.sleep(random.next() * 15_000);
    }
    await this.#end();
    this.#told.acknowledged = this.#truth.stored.size;
    return this.#told;
  }

  async #create(): Promise<void> {
    const world = this.#world;
    world.disks.set("safe", new Disk(world, "safe"));
    this.#copies = new Copies(world, "copies0");
    const archive = uuidOf(world.random.bytes(16).toString("hex"));
    const created = new Date(world.now).toISOString();
    const keyring = await createKeyFile(keyFile, archive, created, (size) => world.random.bytes(size));
    const dataFolder = "/archive0/data";
    world.disks.set("archive0", new Disk(world, "archive0"));
    await mkdir(dataFolder, { recursive: true });
    const manifest = await writeManifest(layoutOf(dataFolder).manifest, archive, created, keyring);
    const disk = world.disks.get("archive0")!;
    this.#machine = new Machine(world, "archive0", manifest, keyring);
    this.#machine.disk.root = disk.root;
    for (const folder of [this.#machine.disk.root, this.#machine.disk.folder(["data"])]) folder.sync();
    this.#copies.follow(this.#machine);
    this.#companions = new Companions(world, this.#machine);
    await this.#start();
    await this.#companions.start();
  }

  /** Several at once, while copies are made, and whatever may fail fails. */
  async #work(): Promise<void> {
    const { random } = this.#world;
    const machine = this.#machine;
    const count = random.int(1, 5);
    this.#told.acts += count;
    const acts = Array.from({ length: count }, () =>
      act(machine, this.#truth, random.pick(["anna", "anna", "ben", "eve"] as Who[])),
    );
    const rounds = this.#copies.targets
      .filter(() => random.chance(0.35))
      .map((target) => this.#copies.round(machine, this.#truth, target));
    if (random.chance(0.6)) rounds.push(this.#companions.round());
    this.#letFail();
    if (random.chance(0.3)) machine.disk.fallAfter(random.int(0, 80), random.pick(["kill", "power cut"]));
    const ambush = random.chance(this.#harsh ? 0.5 : 0.05);
    if (ambush) machine.disk.fallAtSync("checkpoints", "power cut");
    await machine.during(() =>
      Promise.all([...acts, ...rounds, ambush || random.chance(0.3) ? this.#world.sleep(12_000) : undefined]),
    );
    this.#stopFailing();
    await this.#companions.recover();
    if (!machine.opened) await this.#recover();
  }

  #letFail(): void {
    const { random } = this.#world;
    if (this.#harsh || random.chance(0.4)) this.#machine.disk.faults.probability = this.#rate;
    if (random.chance(0.4)) this.#copies.disk.faults.probability = this.#rate;
    if (random.chance(0.5)) this.#copies.bucket.trouble = random.pick([0.05, 0.3]);
    if (random.chance(0.5)) this.#companions.letFail(this.#rate);
  }

  #stopFailing(): void {
    this.#machine.disk.faults.probability = 0;
    this.#machine.disk.standFirm();
    this.#copies.disk.faults.probability = 0;
    this.#copies.bucket.trouble = 0;
  }

  /** After a fall: it may fall again while it starts, and find disks that fail. */
  async #recover(): Promise<void> {
    const { random } = this.#world;
    const { disk } = this.#machine;
    this.#told.falls++;
    while (random.chance(0.3)) {
      this.#told.falls++;
      if (random.chance(0.5)) disk.faults.probability = this.#rate;
      disk.fallAfter(random.int(0, 60), random.pick(["kill", "power cut"]));
      const started = () => this.#machine.start((size) => this.#durable(size)).catch(() => undefined);
      await this.#machine.during(started);
      this.#stopFailing();
      if (this.#machine.opened || disk.boot > 0) disk.fall(random.pick(["kill", "power cut"]));
    }
    await this.#start();
    await this.#check();
  }

  #durable(size: number): void {
    this.#truth.durable = Math.max(this.#truth.durable, size);
  }

  async #start(): Promise<void> {
    try {
      await this.#machine.start((size) => this.#durable(size));
    } catch (error) {
      throw new Broken("opens", String(error));
    }
    this.#companions.follow(this.#machine);
  }

  async #restart(): Promise<void> {
    await this.#companions.forget();
    await this.#machine.stop();
    this.#copies.forget();
    await this.#start();
    await this.#check();
  }

  /** What is to be seen now, once now is past. */
  async #moment(): Promise<void> {
    const { archive } = this.#machine.opened!;
    const time = this.#world.clock();
    await this.#world.sleep(2);
    const seen = await seenAt(archive, time);
    archive.record({ ...eventOf("noticing", time) });
    await archive.flush();
    const entries = await this.#entries();
    if (entries.at(-1)!.time <= time) return; // the clock was set back: it is not past
    const before = entries.findIndex((entry) => entry.time > time);
    this.#truth.moments.push({ time, entries: before, seen });
  }

  /** An attack, and its undoing while others work. */
  async #episode(): Promise<void> {
    const { random } = this.#world;
    const machine = this.#machine;
    const acts = [...Array(random.int(1, 4)).fill("eve"), ...Array(random.int(0, 2)).fill("anna")] as Who[];
    this.#told.acts += acts.length;
    await Promise.all(acts.map((who) => act(machine, this.#truth, who)));
    const { archive } = machine.opened!;
    await archive.flush();
    const model = await this.#model();
    must.damageIsExact(await assess(archive, suspicion), model);
    const before = await seenAt(archive);
    const id = `u${++this.#undos}`;
    const options = { context: by("anna"), suspicion, clock: this.#world.clock, id, apply: true };
    if (random.chance(0.3)) machine.disk.fallAfter(random.int(0, 40), random.pick(["kill", "power cut"]));
    await machine.during(() => undo({ ...options, archive }));
    machine.disk.standFirm();
    if (!machine.opened) {
      await this.#recover();
      await undo({ ...options, archive: machine.opened!.archive });
    }
    await must.undoIsExact(machine.opened!, model);
    if (!random.chance(0.6)) return;
    const again = { ...options, suspicion: { ...suspicion, principals: [parseSelector(`undo:${id}`)] }, id: `${id}r` };
    await undo({ ...again, archive: machine.opened!.archive });
    await must.redoIsIdentity(machine.opened!, before);
  }

  #attackCopies(): void {
    const { bucket } = this.#copies;
    if (this.#world.random.chance(0.5)) bucket.overwriteAll();
    else for (let times = 0; times < 5; times++) bucket.replay();
  }

  /** The machine is lost with all that is on it. */
  async #disaster(): Promise<void> {
    const { random } = this.#world;
    const able = this.#copies.targets.filter(({ place }) => (this.#truth.promised.get(place) ?? 0) > 0);
    if (able.length === 0) return;
    const target = random.pick(able);
    const lost = this.#machine;
    if (this.#harsh) {
      // The witness has seen what no replica has.
      lost.opened!.archive.record(eventOf("noticing", this.#world.clock()));
      await this.#world.sleep(12_000);
      await this.#companions.round();
    }
    lost.disk.fall("kill");
    const entries = await this.#entries();
    const restored = await this.#restoreFrom(target.place, entries);
    lost.disk.wipe();
    this.#companions.lost(entries);
    this.#truth.cutTo(entries, restored.length);
    for (const { place } of this.#copies.targets)
      if (place !== target.place) {
        this.#copies.strangers.add(place);
        this.#truth.promised.delete(place);
      }
    this.#truth.promised.set(target.place, restored.length);
    await this.#start();
    await this.#check();
  }

  /** Onto a new machine, which takes the place of the old. */
  async #restoreFrom(place: string, entries: Entry[]): Promise<Entry[]> {
    const { random } = this.#world;
    const target = this.#copies.targets.find((each) => each.place === place)!;
    const { manifest, keyring } = this.#machine;
    const machine = new Machine(this.#world, `archive${++this.#machines}`, manifest, keyring);
    this.#told.restores++;
    for (let tries = 0; random.chance(0.5) && tries < 5; tries++) {
      machine.disk.faults.probability = this.#rate;
      this.#copies.bucket.trouble = random.pick([0, 0.1]);
      machine.disk.fallAfter(random.int(0, 60), random.pick(["kill", "power cut"]));
      const done = await machine.during(() => restoreOnto(machine, target).catch(() => undefined));
      machine.disk.faults.probability = 0;
      machine.disk.standFirm();
      this.#copies.bucket.trouble = 0;
      const there = await readManifest(layoutOf(machine.dataFolder).manifest).catch(() => undefined);
      if (done === undefined && there && machine.opened === undefined) await this.#isWhole(machine, entries);
    }
    await this.#world.sleep(settled); // listings show everything
    await restoreOnto(machine, target).catch((error) => {
      throw new Broken("replicaIsTrue", `${place}: ${error}`);
    });
    if (random.chance(0.6)) machine.disk.fall("power cut");
    this.#machine = machine;
    this.#copies.forget();
    this.#copies.follow(machine);
    return this.#isWhole(machine, entries, place);
  }

  /** A folder that says it is an archive is one. */
  async #isWhole(machine: Machine, entries: Entry[], place?: string): Promise<Entry[]> {
    const { dataFolder, manifest, keyring } = machine;
    const half = (error: unknown): never => {
      throw new Broken("halfIsNone", String(error));
    };
    const restored = await entriesIn(dataFolder, manifest.archive, keyring).catch(half);
    if (place !== undefined) must.replicaIsTrue(this.#truth, place, entries, restored);
    const report = await verifyArchive({ dataFolder, keyFile, threads: 0 }).catch(half);
    must.hold("halfIsNone", report.ok, () => report.problems.map(({ message }) => message).join(" "));
    return restored;
  }

  async #entries(): Promise<Entry[]> {
    const { dataFolder, manifest, keyring } = this.#machine;
    return entriesIn(dataFolder, manifest.archive, keyring);
  }

  async #model(): Promise<Model> {
    return replay(await this.#entries(), ({ actor }) => actor.user?.name === "eve");
  }

  async #check(): Promise<void> {
    const opened = this.#machine.opened!;
    await opened.archive.flush();
    const entries = await this.#entries();
    must.journalOnlyGrows(this.#truth, entries);
    const { verifier } = this.#machine.manifest.key;
    must.checkpointsAgree(this.#truth, entries, await checkpointsIn(opened.dataFolder, verifier));
    await must.acknowledgedIsKept(opened, this.#truth, entries);
    await must.asOfIsFixed(opened, this.#truth);
    await this.#companions.check(entries);
  }

  async #end(): Promise<void> {
    await this.#check();
    const opened = this.#machine.opened!;
    await must.nothingIsInvented(opened, this.#truth);
    await opened.archive.flush();
    must.damageIsExact(await assess(opened.archive, suspicion), await this.#model());
    opened.archive.record({ ...eventOf("noticing", this.#world.clock()) }); // what a failed batch left goes with the next
    const missing = this.#companions.seen - (await this.#entries()).length;
    for (let more = 0; more < missing; more++) opened.archive.record(eventOf("noticing", this.#world.clock()));
    await opened.archive.flush();
    await must.catalogueShows(opened, await this.#model());
    await this.#companions.end(() => this.#entries());
    await this.#companions.forget();
    await this.#machine.stop();
    await must.catalogueIsProjection(opened, await this.#entries());
    must.verifyIsGreen(await verifyArchive({ dataFolder: opened.dataFolder, keyFile, threads: 0 }));
    await this.#copiesHold();
    await this.#rot();
    this.#told.faults = [...this.#world.disks.values()].reduce((sum, { log }) => sum + log.length, 0);
  }

  /** From each replica everything that it is said to hold. */
  async #copiesHold(): Promise<void> {
    const entries = await this.#entries();
    const last = this.#machine;
    for (const { place } of this.#copies.targets) {
      if (!this.#truth.promised.get(place)) continue;
      await this.#restoreFrom(place, entries);
    }
    this.#machine = last;
  }

  /** At last the platter itself alters. */
  async #rot(): Promise<void> {
    const { random } = this.#world;
    const { disk, dataFolder } = this.#machine;
    const files = [...disk.files()].filter(({ path }) => /\.hf[js]$/.test(path.at(-1)!));
    const { file } = random.pick(files);
    file.rot(random.int(0, file.durable.length - 1), random.int(0, 7));
    const report = await verifyArchive({ dataFolder, keyFile, threads: 0 }).catch(() => undefined);
    if (!report) return; // it cannot be opened at all, and says so
    const started = await this.#machine.start(() => {}).catch(() => undefined);
    if (started) await must.damageIsNamed(started, this.#truth, report);
    else must.hold("damageIsNamed", !report.ok, () => "It does not open, and verification finds nothing wrong.");
  }
}

const uuidOf = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

const eventOf = (operation: string, time: number) => ({
  time: new Date(time).toISOString(),
  activity: "query" as const,
  status: "success" as const,
  protocol: "internal" as const,
  operation,
  actor: { user: { name: "anna" } },
  src_endpoint: {},
});
