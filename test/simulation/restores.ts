/** Machines that are lost, and what comes back of them from a replica and a copy of the key file. */
import { readManifest, verifyArchive } from "../../src/vault/index.ts";
import { layoutOf } from "../../src/vault/layout.ts";
import * as must from "./invariants.ts";
import { Broken } from "./invariants.ts";
import { eventOf } from "./keeping.ts";
import { restoreOnto } from "./parts/copies.ts";
import { Machine } from "./parts/machine.ts";
import type { Scene } from "./scene.ts";
import { type Entry, entriesIn } from "./truth.ts";

/** Longer than a listing is behind or a request under way, ms. */
const settled = 10_000;

/** The machine is lost with all that is on it. */
export async function disaster(scene: Scene): Promise<void> {
  const { world, truth, copies, companions, machine: lost } = scene;
  const able = copies.targets.filter(({ place }) => (truth.promised.get(place) ?? 0) > 0);
  if (able.length === 0) return;
  const { place } = world.random.pick(able);
  if (scene.harsh) {
    // The witness has seen what no replica has.
    lost.opened!.archive.record(eventOf("noticing", world.clock()));
    await world.sleep(12_000);
    await companions.round();
  }
  lost.disk.fall("kill");
  const entries = await scene.entries();
  const { machine, restored } = await restoreFrom(scene, place, entries);
  await isTrue(scene, machine, place, entries, restored);
  lost.disk.wipe();
  companions.lost(entries);
  truth.cutTo(entries, restored.length);
  for (const other of copies.targets)
    if (other.place !== place) {
      copies.strangers.add(other.place);
      truth.promised.delete(other.place);
    }
  truth.promised.set(place, restored.length);
  scene.machine = machine;
  copies.forget();
  copies.follow(machine);
  await scene.start();
  await scene.check();
}

/** From each replica everything that it is said to hold. @returns what came back */
export async function copiesHold(scene: Scene): Promise<Entry[][]> {
  const entries = await scene.entries();
  const all: Entry[][] = [];
  for (const { place } of scene.copies.targets) {
    if (!scene.truth.promised.get(place)) continue;
    const { machine, restored } = await restoreFrom(scene, place, entries);
    await isTrue(scene, machine, place, entries, restored);
    all.push(restored);
  }
  return all;
}

/** Onto a new machine, with a copy of the key file that comes to hand; broken off now and then. */
async function restoreFrom(
  scene: Scene,
  place: string,
  entries: Entry[],
): Promise<{ machine: Machine; restored: Entry[] }> {
  const { world, copies, told, envelope } = scene;
  const { random } = world;
  const target = copies.targets.find((each) => each.place === place)!;
  const name = `archive${++told.restores}`;
  const machine = await Machine.fresh(world, name, scene.machine.manifest, envelope.any());
  for (let tries = 0; random.chance(0.5) && tries < 5; tries++) {
    machine.disk.faults.probability = scene.rate;
    copies.bucket.trouble = random.pick([0, 0.1]);
    machine.disk.fallAfter(random.int(0, 60), random.pick(["kill", "power cut"]));
    const done = await machine.during(() => restoreOnto(machine, target).catch(() => undefined));
    machine.disk.faults.probability = 0;
    machine.disk.standFirm();
    copies.bucket.trouble = 0;
    const there = await readManifest(layoutOf(machine.dataFolder).manifest).catch(() => undefined);
    if (done === undefined && there) await isTrue(scene, machine, undefined, entries);
  }
  await world.sleep(settled); // listings show everything
  await restoreOnto(machine, target).catch((error) => {
    throw new Broken("replicaIsTrue", `${place}: ${error}`);
  });
  if (random.chance(0.6)) machine.disk.fall("power cut");
  return { machine, restored: await entriesOn(machine) };
}

const half = (error: unknown): never => {
  throw new Broken("halfIsNone", String(error));
};

const entriesOn = ({ dataFolder, manifest, keyring }: Machine): Promise<Entry[]> =>
  entriesIn(dataFolder, manifest.archive, keyring).catch(half);

/** A folder that says it is an archive is one. */
async function isTrue(
  scene: Scene,
  machine: Machine,
  place: string | undefined,
  entries: Entry[],
  restored?: Entry[],
): Promise<void> {
  const { dataFolder, keyFile } = machine;
  const found = restored ?? (await entriesOn(machine));
  if (place !== undefined) must.replicaIsTrue(scene.truth, place, entries, found);
  const report = await verifyArchive({ dataFolder, keyFile, threads: 0 }).catch(half);
  must.hold("halfIsNone", report.ok, () => report.problems.map(({ message }) => message).join(" "));
}
