/** Replication while the server runs: a round every few seconds, slower after failures, and the lock probe. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { type Clock, codeOf, HoldfastError } from "../../core/index.ts";
import type { ReplicaStatus } from "../../http/index.ts";
import { collectedIn, layoutOf, readKeyring, readManifest } from "../../vault/index.ts";
import {
  digestInPool,
  locks,
  openTarget,
  type ReplicaTarget,
  Replicator,
  renewLocks,
  type TargetPlace,
} from "../../vault/replica/index.ts";
import type { Config, ReplicaConfig } from "../config/index.ts";
import type { CommandEnvironment } from "../program/environment.ts";

const roundEvery = 2_000; // ms
const slowest = 300_000; // ms
const probeEvery = 3_600_000; // ms
/** Whether locks have to be renewed is looked at so often, ms. */
const renewalEvery = 24 * 3_600_000;

export interface Replicas {
  status(): ReplicaStatus[];
  /** What was begun ends; the next start goes on. */
  stop(): Promise<void>;
}

export async function startReplicas(
  config: Config,
  keyFile: string,
  environment: CommandEnvironment,
  log: Logger,
): Promise<Replicas> {
  const manifest = (await readManifest(layoutOf(config.data).manifest))!;
  const keyring = await readKeyring(keyFile, manifest, randomBytes);
  let stopping = false;
  const running = config.replicas.map((replica) => {
    const target = targetOf(replica, environment.clock);
    const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
    const bandwidth = replica.megabytesPerSecond * 1_000_000;
    const stopped = () => stopping;
    const parts = {
      dataFolder: config.data,
      manifest,
      keyring,
      target,
      now: environment.clock,
      wait,
      bandwidth,
      stopped,
      digest: digestInPool,
    };
    const retention = replica.retentionDays * 24 * 3_600_000;
    const { archive } = manifest;
    const collected = () => collectedIn(layoutOf(config.data).journal, archive, keyring);
    const renewal = async (): Promise<number> =>
      locks(target)
        ? renewLocks({ target, archive, keyring, retention, now: environment.clock, stopped, collected })
        : 0;
    return new Running(target, new Replicator(parts), renewal, replica.alarmMinutes, environment.clock, log);
  });
  return {
    status: () => running.map((each) => each.status),
    async stop() {
      stopping = true;
      await Promise.all(running.map((each) => each.stop()));
    },
  };
}

type Place = Omit<ReplicaConfig, "megabytesPerSecond" | "alarmMinutes">;

export const targetOf = (replica: Place, now: Clock): ReplicaTarget => openTarget(placeOf(replica), now);

/** Not before the archive is whole: what has not arrived would be replicated as it is not. */
export function replicasAfter(
  restored: Promise<void>,
  start: () => Promise<Replicas>,
  config: Config,
  log: Logger,
): Replicas {
  const place = ({ to }: ReplicaConfig): ReplicaStatus => ({
    ...{ place: to, entries: 0, failures: 0, lagSeconds: 0, alarm: false },
  });
  const awaited = config.replicas.map(place);
  let running: Replicas | undefined;
  let stopped = false;
  const started = async (): Promise<void> => {
    if (stopped) return;
    running = await start();
    if (stopped) await running.stop();
  };
  restored.then(started).catch((error) => log.error({ code: codeOf(error) }, "replication could not begin"));
  return {
    status: () => running?.status() ?? awaited,
    async stop() {
      stopped = true;
      await running?.stop();
    },
  };
}

/** @throws HoldfastError config/invalid when the credentials are none */
export function placeOf({ to, endpoint, region, credentialsFile, retentionDays }: Place): TargetPlace {
  return {
    to,
    retentionDays,
    ...(endpoint ? { endpoint } : {}),
    ...(region ? { region } : {}),
    ...(credentialsFile ? { credentials: credentialsOf(credentialsFile) } : {}),
  };
}

function credentialsOf(file: string): { accessKeyId: string; secretAccessKey: string } {
  try {
    const { accessKeyId, secretAccessKey } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    if (typeof accessKeyId === "string" && typeof secretAccessKey === "string") return { accessKeyId, secretAccessKey };
  } catch {
    // Said below: the parser's own words would quote the secret.
  }
  throw new HoldfastError(
    "config/invalid",
    "replicas: credentialsFile must be JSON with accessKeyId and secretAccessKey.",
  );
}

class Running {
  readonly #target: ReplicaTarget;
  readonly #replicator: Replicator;
  readonly #renewal: () => Promise<number>;
  readonly #alarmMinutes: number;
  readonly #now: Clock;
  readonly #log: Logger;
  /** When it was last known to hold everything, or the start, ms since 1970. */
  #level: number;
  #failures = 0;
  #code: ReplicaStatus["code"];
  #lockBroken: string[] | undefined;
  #probed = Number.NEGATIVE_INFINITY;
  #renewed = Number.NEGATIVE_INFINITY;
  #renewing: Promise<void> | undefined;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void>;

  constructor(
    target: ReplicaTarget,
    replicator: Replicator,
    renewal: () => Promise<number>,
    alarmMinutes: number,
    now: Clock,
    log: Logger,
  ) {
    this.#alarmMinutes = alarmMinutes;
    this.#level = now();
    this.#target = target;
    this.#replicator = replicator;
    this.#renewal = renewal;
    this.#now = now;
    this.#log = log;
    this.#round = this.#run();
  }

  get status(): ReplicaStatus {
    const { point } = this.#replicator;
    const lagSeconds = Math.max(0, (this.#now() - this.#level) / 1000);
    return {
      lagSeconds,
      alarm: lagSeconds > this.#alarmMinutes * 60 || (this.#lockBroken?.length ?? 0) > 0,
      place: this.#target.place,
      entries: point?.entries ?? 0,
      ...(point ? { recoveryPoint: point.entryTime } : {}),
      failures: this.#failures,
      ...(this.#code ? { code: this.#code } : {}),
      ...(this.#lockBroken ? { lockBroken: this.#lockBroken } : {}),
    };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round;
    await this.#renewing;
    this.#target.close();
  }

  async #run(): Promise<void> {
    try {
      await this.#probe();
      const begun = this.#now();
      await this.#replicator.round();
      this.#level = begun;
      this.#failures = 0;
      this.#code = undefined;
      this.#renew();
    } catch (error) {
      if (this.#stopped) return;
      this.#failures++;
      this.#code = error instanceof HoldfastError ? error.code : "replica/failed";
      this.#log.error(
        { replica: this.#target.place, code: this.#code, cause: codeOf(error), failures: this.#failures },
        "replication failed",
      );
    }
    if (this.#stopped) return;
    const wait = Math.min(slowest, roundEvery * 2 ** Math.min(this.#failures, 20));
    this.#timer = setTimeout(() => {
      this.#round = this.#run();
    }, wait);
  }

  /** Beside the rounds: a pass over a large replica takes longer than the recovery point may be old. */
  #renew(): void {
    if (this.#renewing || this.#now() - this.#renewed < renewalEvery) return;
    const replica = this.#target.place;
    this.#renewing = this.#renewal().then(
      (extended) => {
        this.#renewed = this.#now();
        this.#renewing = undefined;
        if (extended > 0) this.#log.info({ replica, extended }, "locks were renewed");
      },
      (error) => {
        this.#renewed = this.#now() - renewalEvery + probeEvery; // again in an hour
        this.#renewing = undefined;
        this.#log.error({ replica, cause: codeOf(error) }, "ALARM: the replica's locks could not be renewed");
      },
    );
  }

  async #probe(): Promise<void> {
    if (!this.#target.probe || this.#now() - this.#probed < probeEvery) return;
    this.#lockBroken = await this.#target.probe();
    this.#probed = this.#now();
    if (this.#lockBroken.length > 0)
      this.#log.error(
        { replica: this.#target.place, worked: this.#lockBroken },
        "ALARM: the replica's lock does not hold",
      );
  }
}
