/** A witness on a machine of its own, and the archive's side of it. */
import { codeOf } from "../../../src/core/index.ts";
import { layoutOf, Remote } from "../../../src/vault/index.ts";
import { checkpointOf } from "../../../src/vault/journal/checkpoint.ts";
import { algorithms, parseNote, parseVerifier } from "../../../src/vault/note.ts";
import { CosignatureFile, Cosigner, Witness, WitnessStore, witnessVerifier } from "../../../src/vault/witness/index.ts";
import { decodeAddCheckpoint } from "../../../src/vault/witness/request.ts";
import { Disk } from "../disk/disk.ts";
import { Broken, hold } from "../invariants.ts";
import { addressOf } from "../net/http.ts";
import type { Reply, Request } from "../net/network.ts";
import type { World } from "../world/world.ts";
import type { Machine } from "./machine.ts";

const host = "witness";

export class SimulatedWitness {
  readonly disk: Disk;
  /** Root by size of all that it has cosigned, whether the answer arrived or not. */
  readonly cosigned = new Map<number, string>();
  /** A size for which it has cosigned two roots. */
  twoFaced: number | undefined;
  /** Newest size of which the archive has kept the cosignature. */
  kept = 0;
  /** The archive may be another than the one that it knows. */
  stranger = false;
  /** It refused the archive when it was last asked. */
  refused = false;
  readonly #world: World;
  readonly #name: string;
  readonly #log: string;
  #key: string | undefined;
  #side: { machine: Machine; boot: number; file: CosignatureFile; cosigner: Cosigner } | undefined;

  constructor(world: World, name: string, log: string) {
    this.#world = world;
    this.#name = name;
    this.#log = log;
    this.disk = new Disk(world, name);
    world.disks.set(name, this.disk);
  }

  async start(): Promise<void> {
    const random = (size: number): Buffer => this.#world.random.bytes(size);
    const store = await WitnessStore.open(`/${this.#name}/data`, "witness.example", random);
    hold("witnessIsTrue", (this.#key ?? store.key) === store.key, () => "It has another key than it was known by.");
    this.#key = store.key;
    const note = await store.read(parseVerifier(this.#log, algorithms.ed25519).name);
    const remembered = note === undefined ? 0 : checkpointOf(parseNote(note).body).size;
    const most = Math.max(0, ...this.cosigned.keys());
    hold("witnessIsTrue", remembered >= most, () => `It remembers ${remembered} of ${most} entries.`);
    const witness = new Witness({ store, logs: [this.#log], now: this.#world.clock });
    this.#world.network.serve(host, this.disk, (request) => this.#answer(witness, request));
  }

  /** The archive brings it the newest checkpoint. */
  async round(machine: Machine): Promise<void> {
    if (this.#key === undefined || !machine.opened) return;
    try {
      const side = await this.#sideOf(machine);
      await side.cosigner.round();
      this.kept = side.cosigner.cosigned?.size ?? 0;
      this.refused = false;
    } catch (error) {
      const code = codeOf(error);
      if (code !== "witness/refused" && code !== "witness/unknown") return;
      if (!this.stranger) throw new Broken("witnessIsTrue", `It refuses an archive that it knows: ${error}`);
      this.refused = true;
    }
  }

  /** The archive starts, or another takes its place. */
  async forget(): Promise<void> {
    const side = this.#side;
    this.#side = undefined;
    if (side && side.machine.disk.boot === side.boot) await side.file.close();
  }

  async #sideOf(machine: Machine) {
    const { disk, dataFolder, manifest } = machine;
    const { boot } = disk;
    if (this.#side?.machine === machine && this.#side.boot === boot) return this.#side;
    const cosignatures = await CosignatureFile.open(layoutOf(dataFolder).cosignatures);
    const witness = witnessVerifier(this.#key!);
    const remote = new Remote({ url: addressOf(disk.name, boot, host), idle: 15_000 });
    const options = { dataFolder, manifest, witness, remote, cosignatures };
    const cosigner = new Cosigner(options, cosignatures.newestOf(witness));
    this.#side = { machine, boot, file: cosignatures, cosigner };
    return this.#side;
  }

  async #answer(witness: Witness, { body }: Request): Promise<Reply> {
    const said = await witness.addCheckpoint(body);
    if (said.status === 200) {
      const { size, root } = checkpointOf(parseNote(decodeAddCheckpoint(body)!.note).body);
      const now = root.toString("hex");
      if ((this.cosigned.get(size) ?? now) !== now) this.twoFaced = size;
      this.cosigned.set(size, now);
    }
    return { status: said.status, headers: { "content-type": said.type }, body: Buffer.from(said.body) };
  }
}
