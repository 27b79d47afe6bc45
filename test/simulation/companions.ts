/** Witness and mirror of an archive: what befalls them, and what has to hold of them. */
import { verifyArchive } from "../../src/vault/index.ts";
import { readFile } from "./disk/promises.ts";
import * as must from "./invariants.ts";
import type { Machine } from "./parts/machine.ts";
import { originHost, SimulatedMirror } from "./parts/mirror.ts";
import { answerMirror, spoilt } from "./parts/origin.ts";
import { SimulatedWitness } from "./parts/witness.ts";
import { type Entry, entriesIn } from "./truth.ts";
import type { World } from "./world/world.ts";

const day = 86_400_000; // ms
/** Longer than it takes to the next checkpoint, and to a mirror's round after it. */
const settled = 15_000; // ms

type Companion = SimulatedWitness | SimulatedMirror;

export class Companions {
  readonly #world: World;
  #machine: Machine;
  #witness!: SimulatedWitness;
  #mirror!: SimulatedMirror;
  #names = 0;
  /** What the archive was before it was lost and came back from a replica. */
  readonly #past: Entry[][] = [];
  /** Of an answer of the origin being none of its own. */
  #lies = 0;
  #lied = false;

  constructor(world: World, machine: Machine) {
    this.#world = world;
    this.#machine = machine;
  }

  /** @param copy of the archive's key file */
  async start(copy: Buffer): Promise<void> {
    await this.#newWitness();
    await this.#newMirror(copy);
  }

  /** The archive runs, on this machine from now on. */
  follow(machine: Machine): void {
    this.#machine = machine;
    const { network, random } = this.#world;
    network.serve(originHost, machine.disk, async (request) => {
      const reply = await answerMirror(machine.dataFolder, request);
      if (!random.chance(this.#lies)) return reply;
      this.#lied = true;
      return spoilt(reply, random);
    });
  }

  /** Entries that the witness has seen, of whichever history. */
  get seen(): number {
    return Math.max(0, ...this.#witness.cosigned.keys());
  }

  round(): Promise<void> {
    return this.#witness.round(this.#machine);
  }

  forget(): Promise<void> {
    return this.#witness.forget();
  }

  letFail(rate: number): void {
    const { random, network } = this.#world;
    if (random.chance(0.4)) network.trouble = random.pick([0.05, 0.3]);
    if (random.chance(0.3)) this.#mirror.disk.faults.probability = rate;
    if (random.chance(0.3)) this.#witness.disk.faults.probability = rate;
    if (random.chance(0.2)) this.#lies = random.pick([0.1, 0.5]);
    for (const { disk } of [this.#mirror, this.#witness])
      if (random.chance(0.25)) disk.fallAfter(random.int(0, 40), random.pick(["kill", "power cut"]));
  }

  /** Everything works again; who fell starts again, and may fall as it does. */
  async recover(): Promise<void> {
    this.#world.network.trouble = 0;
    this.#lies = 0;
    for (const companion of [this.#mirror, this.#witness]) {
      companion.disk.faults.probability = 0;
      companion.disk.standFirm();
      if (this.#isDown(companion)) await this.#restart(companion);
    }
  }

  /** For days nobody reaches them, or they reach nobody. */
  darkness(): void {
    const { network, random } = this.#world;
    const host = random.pick(["witness", originHost]);
    if (network.cut.delete(host)) this.#world.step(random.int(1, 4) * day);
    else network.cut.add(host);
  }

  /** Entries that the mirror has said to hold. */
  get accepted(): number {
    return this.#mirror.accepted;
  }

  /** @param entries of the archive, steady @param accepted by the mirror before they were read: it may go on */
  async check(entries: Entry[], accepted = this.accepted): Promise<void> {
    const histories = [entries, ...this.#past];
    must.witnessIsTrue(this.#witness, histories);
    const copied = await this.#copied();
    must.mirrorIsTrue({ accepted, codes: this.#mirror.codes }, histories, copied, this.#lied);
  }

  /** The archive is lost: what comes back may go another way than this. */
  lost(entries: Entry[]): void {
    this.#past.push(entries);
    this.#witness.stranger = true;
  }

  /** While nothing fails they come level with the archive, or refuse it. */
  async end(entries: () => Promise<Entry[]>): Promise<void> {
    this.#world.network.cut.clear();
    await this.recover();
    await this.#mirror.stop(); // started anew, it does not wait for long after what failed before
    await this.#mirror.start();
    await this.#world.sleep(settled);
    await this.round();
    await this.#mirror.stop();
    const all = await entries();
    await this.check(all);
    must.witnessIsLevel(this.#witness, all, this.#past.length > 0);
    must.mirrorIsLevel(this.#mirror, all.length, this.#past.length > 0);
    if (this.#mirror.accepted === 0) return;
    const { dataFolder, keyFile, level } = this.#mirror;
    const { problems } = await verifyArchive({ dataFolder, keyFile, threads: 0 });
    must.hold("mirrorIsTrue", problems.length === 0, () => problems.map(({ message }) => message).join(" "));
    const { manifest, keyring } = this.#machine;
    const archive = { id: manifest.archive };
    if (level) await must.catalogueIsProjection({ archive, dataFolder, keyring }, await this.#copied());
  }

  /** What lies at the mirror, which may be putting aside what it has not accepted at this very moment. */
  async #copied(tries = 3): Promise<Entry[]> {
    const { manifest, keyring } = this.#machine;
    return entriesIn(this.#mirror.dataFolder, manifest.archive, keyring).catch((error) => {
      if (tries === 0) throw new must.Broken("mirrorIsTrue", String(error));
      return this.#copied(tries - 1);
    });
  }

  /** What lies at a mirror that is level: its copy, and its key file. */
  async atMirror(): Promise<{ entries: Entry[]; keyFile: Buffer } | undefined> {
    if (!this.#mirror.level) return undefined;
    return { entries: await this.#copied(), keyFile: Buffer.from(await readFile(this.#mirror.keyFile)) };
  }

  #isDown(companion: Companion): boolean {
    return companion === this.#mirror ? !this.#mirror.runs : !this.#world.network.serves("witness");
  }

  async #restart(companion: Companion): Promise<void> {
    const { random } = this.#world;
    const { disk } = companion;
    if (random.chance(0.3)) {
      disk.fallAfter(random.int(0, 30), random.pick(["kill", "power cut"]));
      const { down } = disk; // before the start, which may bring it down at once
      await Promise.race([companion.start().catch(() => {}), down]);
      disk.standFirm();
      disk.fall(random.pick(["kill", "power cut"]));
    }
    await companion.start().catch((error) => {
      const invariant = companion === this.#mirror ? "mirrorIsTrue" : "witnessIsTrue";
      throw error instanceof must.Broken ? error : new must.Broken(invariant, `It does not start: ${error}`);
    });
  }

  async #newWitness(): Promise<void> {
    this.#witness = new SimulatedWitness(this.#world, `witness${this.#names++}`, this.#machine.manifest.key.verifier);
    await this.#witness.start();
  }

  async #newMirror(copy: Buffer): Promise<void> {
    this.#mirror = new SimulatedMirror(this.#world, `mirror${this.#names++}`);
    await this.#mirror.install(copy);
    await this.#mirror.start();
  }
}
