/** Witnesses while the server runs: each new checkpoint is brought to them, beside all storing; and being one. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Logger } from "pino";
import { type Clock, codeOf, HoldfastError } from "../../core/index.ts";
import type { WitnessStatus } from "../../http/index.ts";
import { layoutOf, type Manifest, Remote, readManifest } from "../../vault/index.ts";
import {
  CosignatureFile,
  Cosigner,
  originHash,
  Witness,
  WitnessStore,
  witnessVerifier,
} from "../../vault/witness/index.ts";
import type { Config } from "../config/index.ts";
import type { WitnessConfig } from "../config/witnesses.ts";
import { peerTls } from "./tls.ts";

const roundEvery = 2_000; // ms
const slowest = 300_000; // ms
/** Without a cosignature for so long, ms, it is an alarm. */
const silence = 3_600_000;
const idle = 15_000; // ms

export interface Witnesses {
  status(): WitnessStatus[];
  stop(): Promise<void>;
}

export function witnessRemote({ url, ca }: Pick<WitnessConfig, "url" | "ca">): Remote {
  return new Remote({ url, tls: peerTls(ca === undefined ? {} : { ca }), idle });
}

export async function startWitnesses(config: Config, clock: Clock, log: Logger): Promise<Witnesses> {
  if (config.witnesses.length === 0) return { status: () => [], stop: async () => {} };
  const layout = layoutOf(config.data);
  const manifest = (await readManifest(layout.manifest))!;
  const cosignatures = await CosignatureFile.open(layout.cosignatures);
  const running = config.witnesses.map(
    (witness) => new Running(config.data, manifest, witness, cosignatures, clock, log),
  );
  return {
    status: () => running.map((each) => each.status),
    async stop() {
      await Promise.all(running.map((each) => each.stop()));
      await cosignatures.close();
    },
  };
}

class Running {
  readonly #cosigner: Cosigner;
  readonly #remote: Remote;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** When it last had cosigned all there was, ms since 1970. */
  #level: number;
  #failures = 0;
  #code: WitnessStatus["code"];
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void>;

  constructor(
    dataFolder: string,
    manifest: Manifest,
    config: WitnessConfig,
    cosignatures: CosignatureFile,
    clock: Clock,
    log: Logger,
  ) {
    const witness = witnessVerifier(config.key);
    this.#remote = witnessRemote(config);
    const parts = { dataFolder, manifest, witness, remote: this.#remote, cosignatures };
    this.#cosigner = new Cosigner(parts, cosignatures.newestOf(witness));
    this.#name = witness.name;
    this.#clock = clock;
    this.#log = log;
    this.#level = clock();
    this.#round = this.#run();
  }

  get status(): WitnessStatus {
    const { cosigned } = this.#cosigner;
    return {
      name: this.#name,
      entries: cosigned?.size ?? 0,
      ...(cosigned ? { time: cosigned.time } : {}),
      failures: this.#failures,
      ...(this.#code ? { code: this.#code } : {}),
      alarm: this.#alarm,
    };
  }

  /** A refusal at once, silence when it lasts. */
  get #alarm(): boolean {
    if (this.#code === "witness/refused" || this.#code === "witness/unknown") return true;
    return this.#failures > 0 && this.#clock() - this.#level > silence;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#remote.close();
    await this.#round;
  }

  async #run(): Promise<void> {
    try {
      await this.#cosigner.round();
      this.#level = this.#clock();
      this.#failures = 0;
      this.#code = undefined;
    } catch (error) {
      if (this.#stopped) return;
      this.#fail(error);
    }
    if (this.#stopped) return;
    const wait = Math.min(slowest, roundEvery * 2 ** Math.min(this.#failures, 20));
    this.#timer = setTimeout(() => {
      this.#round = this.#run();
    }, wait);
  }

  #fail(error: unknown): void {
    this.#failures++;
    this.#code = error instanceof HoldfastError ? error.code : "witness/failed";
    const cause = error instanceof HoldfastError && error.cause ? codeOf(error.cause) : codeOf(error);
    this.#log.error(
      { witness: this.#name, code: this.#code, cause, failures: this.#failures },
      this.#alarm ? "ALARM: the newest checkpoint is not cosigned" : "a checkpoint could not be cosigned; tried again",
    );
  }
}

export interface OpenWitness extends Disposable {
  witness: Witness;
  /** Its verifier key, for those who pin it. */
  key: string;
}

/** @throws HoldfastError storage/locked, storage/key */
export async function openWitness(
  folder: string,
  name: string,
  logs: string[],
  clock: Clock,
  log: Pick<Logger, "warn">,
): Promise<OpenWitness> {
  const store = await WitnessStore.open(folder, name, randomBytes);
  const onRefusal = (origin: string, status: number) => log.warn({ origin, status }, "a checkpoint was refused");
  const witness = new Witness({ store, logs, now: clock, onRefusal });
  return { witness, key: store.key, [Symbol.dispose]: () => store[Symbol.dispose]() };
}

/** The witness that a serving archive is for others; undefined when it is none. */
export async function configuredWitness(config: Config, clock: Clock, log: Logger): Promise<OpenWitness | undefined> {
  const { name, logs } = config.witness;
  if (name === undefined) return undefined;
  const open = await openWitness(join(config.data, "witness"), name, logs, clock, log);
  log.info({ key: open.key }, "witness for others under /witness");
  return open;
}

/** What each witness says of an archive when it is asked; a silent one says nothing. */
export function askWitnesses(witnesses: WitnessConfig[], origin: string): Promise<{ key: string; told?: string }[]> {
  return Promise.all(
    witnesses.map(async (config) => {
      const remote = witnessRemote(config);
      try {
        const { status, text } = await remote.text("GET", `/${originHash(origin)}/checkpoint`, 64 * 1024);
        return { key: config.key, ...(status === 200 ? { told: text } : {}) };
      } catch {
        return { key: config.key };
      } finally {
        remote.close();
      }
    }),
  );
}
