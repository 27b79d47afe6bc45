/** One history: an archive, its replicas, and everything that can happen to them, all of it drawn from one seed. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { assess, undo } from "../../src/archive/recovery/index.ts";
import { parseSelector } from "../../src/recovery/index.ts";
import { verifyArchive } from "../../src/vault/index.ts";
import { act, by, resetActs, type Who } from "./acts.ts";
import { closeAll } from "./disk/promises.ts";
import { Gone } from "./gone.ts";
import * as must from "./invariants.ts";
import { eventOf, keep } from "./keeping.ts";
import { seenAt } from "./parts/machine.ts";
import { copiesHold, disaster } from "./restores.ts";
import { Scene, type Told } from "./scene.ts";
import { keyChangesOf } from "./sealed.ts";
import { enter, World } from "./world/world.ts";

const attacker = parseSelector("eve");
const suspicion = { principals: [attacker], from: 0, to: 8.64e15 };
const day = 86_400_000; // ms

/**
 * @param scratch a folder on a real memory disk
 * @param harsh see {@link Scene}
 * @throws Broken, with the account of what happened
 */
export async function history(seed: number, scratch: string, harsh = false): Promise<Told> {
  const folder = join(scratch, String(seed));
  mkdirSync(folder, { recursive: true });
  const world = new World(seed, folder);
  enter(world);
  resetActs();
  try {
    const one = new History(new Scene(world, harsh));
    return await world.run(() => one.play());
  } finally {
    for (const disk of world.disks.values()) disk.fall("kill");
    closeAll();
    enter(undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}

class History {
  readonly #scene: Scene;
  readonly #world: World;
  #undos = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#world = scene.world;
  }

  async play(): Promise<Told> {
    const { random } = this.#world;
    const { companions, told, truth } = await this.#begun();
    const steps = random.int(8, 20);
    for (let step = 0; step < steps; step++) {
      const what = random.next();
      if (what < 0.5) await this.#work();
      else if (what < 0.6) await this.#moment();
      else if (what < 0.69) await this.#episode();
      else if (what < 0.76) await this.#restart();
      else if (what < 0.8) this.#attackCopies();
      else if (what < 0.84) await disaster(this.#scene);
      else if (what < 0.85) this.#world.step(random.int(-60_000, 60_000));
      else if (what < 0.86) companions.darkness();
      else this.#world.step(random.chance(0.1) ? 30 * day : random.int(1, 4) * day);
      if (random.chance(0.3)) await this.#world.sleep(random.next() * 15_000);
    }
    await this.#end();
    told.acknowledged = truth.stored.size;
    return told;
  }

  async #begun(): Promise<Scene> {
    await this.#scene.create();
    return this.#scene;
  }

  /** Several at once, while copies are made, and whatever may fail fails. */
  async #work(): Promise<void> {
    const { random } = this.#world;
    const { machine, truth, copies, companions, told, harsh, envelope } = this.#scene;
    const count = random.int(1, 5);
    told.acts += count;
    const acts = Array.from({ length: count }, () =>
      act(machine, truth, random.pick(["anna", "anna", "ben", "eve"] as Who[])),
    );
    if (random.chance(0.6)) for (let kept = random.int(1, 4); kept > 0; kept--) acts.push(keep(machine, envelope));
    const rounds = copies.targets
      .filter(() => random.chance(0.35))
      .map((target) => copies.round(machine, truth, target));
    if (random.chance(0.6)) rounds.push(companions.round());
    this.#letFail();
    if (random.chance(0.3)) machine.disk.fallAfter(random.int(0, 80), random.pick(["kill", "power cut"]));
    const ambush = random.chance(harsh ? 0.5 : 0.05);
    if (ambush) machine.disk.fallAtSync("checkpoints", "power cut");
    await machine.during(() =>
      Promise.all([...acts, ...rounds, ambush || random.chance(0.3) ? this.#world.sleep(12_000) : undefined]),
    );
    this.#stopFailing();
    await companions.recover();
    if (!machine.opened) await this.#recover();
  }

  #letFail(): void {
    const { random } = this.#world;
    const { machine, copies, companions, rate, harsh } = this.#scene;
    if (harsh || random.chance(0.4)) machine.disk.faults.probability = rate;
    if (random.chance(0.4)) copies.disk.faults.probability = rate;
    if (random.chance(0.5)) copies.bucket.trouble = random.pick([0.05, 0.3]);
    if (random.chance(0.5)) companions.letFail(rate);
  }

  #stopFailing(): void {
    const { machine, copies } = this.#scene;
    machine.disk.faults.probability = 0;
    machine.disk.standFirm();
    copies.disk.faults.probability = 0;
    copies.bucket.trouble = 0;
  }

  /** After a fall: it may fall again while it starts, and find disks that fail. */
  async #recover(): Promise<void> {
    const { random } = this.#world;
    const scene = this.#scene;
    const { machine, told } = scene;
    const { disk } = machine;
    told.falls++;
    while (random.chance(0.3)) {
      told.falls++;
      if (random.chance(0.5)) disk.faults.probability = scene.rate;
      disk.fallAfter(random.int(0, 60), random.pick(["kill", "power cut"]));
      const { boot } = disk;
      const started = () => machine.start((size) => scene.durable(size)).catch(() => undefined);
      await machine.during(started);
      this.#stopFailing();
      // A start that failed leaves nothing behind: the next one, of the same process, finds the folder free.
      if (machine.opened || disk.boot !== boot || random.chance(0.5)) disk.fall(random.pick(["kill", "power cut"]));
    }
    await scene.start();
    await scene.check();
  }

  async #restart(): Promise<void> {
    await this.#scene.stop();
    await this.#scene.start();
    await this.#scene.check();
  }

  /** What is to be seen now, once now is past. */
  async #moment(): Promise<void> {
    const { archive } = this.#scene.machine.opened!;
    const time = this.#world.clock();
    await this.#world.sleep(2);
    const seen = await seenAt(archive, time);
    archive.record(eventOf("noticing", time));
    await archive.flush();
    const entries = await this.#scene.entries();
    await must.goneIsGone(this.#scene.machine.opened!, new Gone(entries));
    if (entries.at(-1)!.time <= time) return; // the clock was set back: it is not past
    const before = entries.findIndex((entry) => entry.time > time);
    this.#scene.truth.moments.push({ time, entries: before, seen });
  }

  /** An attack, and its undoing while others work. */
  async #episode(): Promise<void> {
    const { random } = this.#world;
    const scene = this.#scene;
    const { machine, truth } = scene;
    const acts = [...Array(random.int(1, 4)).fill("eve"), ...Array(random.int(0, 2)).fill("anna")] as Who[];
    scene.told.acts += acts.length;
    await Promise.all(acts.map((who) => act(machine, truth, who)));
    const { archive } = machine.opened!;
    await archive.flush();
    const model = await scene.model();
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
    await must.undoIsExact(machine.opened!, model, new Gone(await scene.entries()));
    if (!random.chance(0.6)) return;
    const again = { ...options, suspicion: { ...suspicion, principals: [parseSelector(`undo:${id}`)] }, id: `${id}r` };
    await undo({ ...again, archive: machine.opened!.archive });
    await must.redoIsIdentity(machine.opened!, before, new Gone(await scene.entries()));
  }

  #attackCopies(): void {
    const { bucket } = this.#scene.copies;
    if (this.#world.random.chance(0.5)) bucket.overwriteAll();
    else for (let times = 0; times < 5; times++) bucket.replay();
  }

  async #end(): Promise<void> {
    const scene = this.#scene;
    const { truth, companions, told } = scene;
    await scene.check();
    await this.#settle();
    await scene.check();
    await scene.pause();
    const opened = scene.machine.opened!;
    await must.nothingIsInvented(opened, truth, new Gone(await scene.entries()));
    await opened.archive.flush();
    must.damageIsExact(await assess(opened.archive, suspicion), await scene.model());
    opened.archive.record(eventOf("noticing", this.#world.clock())); // what a failed batch left goes with the next
    await opened.archive.flush(); // while it goes, the file is no journal
    const missing = companions.seen - (await scene.entries()).length;
    for (let more = 0; more < missing; more++) opened.archive.record(eventOf("noticing", this.#world.clock()));
    await opened.archive.flush();
    await must.catalogueShows(opened, await scene.model());
    await companions.end(() => scene.entries());
    await scene.stop();
    const entries = await scene.entries();
    await must.catalogueIsProjection(opened, entries);
    const { dataFolder, keyFile } = scene.machine;
    must.verifyIsGreen(await verifyArchive({ dataFolder, keyFile, threads: 0 }));
    const mirrored = await companions.atMirror();
    const copies = [entries, ...(await copiesHold(scene)), ...(mirrored ? [mirrored.entries] : [])];
    const keyFiles = [...scene.envelope.copies, ...(mirrored ? [mirrored.keyFile] : [])];
    const destroyed = new Gone(entries).destroyed;
    must.erasedIsSealed(scene.envelope.first, keyFiles, keyChangesOf(entries), destroyed, copies.flatMap(keyChangesOf));
    await this.#rot();
    told.faults = [...this.#world.disks.values()].reduce((sum, { log }) => sum + log.length, 0);
  }

  /** While nothing fails: what was begun with keys comes to its end, and the envelope is renewed. */
  async #settle(): Promise<void> {
    const { machine, copies, truth, envelope } = this.#scene;
    const { keeping, collecting } = machine.opened!.archive;
    if (this.#world.random.chance(0.6)) this.#world.step(3 * day); // what was ordered is due
    await this.#world.sleep(10_000); // what failed before has its next try
    for (let round = 0; round < 6; round++) {
      await Promise.all(copies.targets.map((target) => copies.round(machine, truth, target)));
      await this.#world.sleep(15_000); // a checkpoint, and the upkeep that waits for the copies to have it
    }
    await collecting.collect(eventOf("collect", this.#world.clock()));
    const settled = !(await keeping.unsettled());
    must.hold("keysSettle", settled, () => "The key file still holds an older root key.");
    await envelope.renew(machine);
  }

  /** At last the platter itself alters. */
  async #rot(): Promise<void> {
    const { random } = this.#world;
    const { machine, truth } = this.#scene;
    const { disk, dataFolder, keyFile } = machine;
    const gone = new Gone(await this.#scene.entries());
    const files = [...disk.files()].filter(({ path }) => /\.hf[js]$/.test(path.at(-1)!));
    const { file } = random.pick(files);
    file.rot(random.int(0, file.durable.length - 1), random.int(0, 7));
    const report = await verifyArchive({ dataFolder, keyFile, threads: 0 }).catch(() => undefined);
    if (!report) return; // it cannot be opened at all, and says so
    const started = await machine.start(() => {}).catch(() => undefined);
    if (started) await must.damageIsNamed(started, truth, report, gone);
    else must.hold("damageIsNamed", !report.ok, () => "It does not open, and verification finds nothing wrong.");
  }
}
