/** A mirror as a configuration describes it: the copy below the data folder, and the archive that shows it. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Archive, OpenArchive } from "../../archive/index.ts";
import { MirrorClient, MirroredArchive, type MirrorProgress, openCopy } from "../../archive/mirror/index.ts";
import type { Clock, ErrorCode, HoldfastError } from "../../core/index.ts";
import type { MirrorStatus } from "../../http/index.ts";
import { openKeyFile } from "../../vault/index.ts";
import type { Config } from "../config/index.ts";
import { peerTls } from "./tls.ts";

const alarms: ReadonlySet<ErrorCode | undefined> = new Set(["mirror/fork", "mirror/damaged", "mirror/stale"]);

export interface RunningMirror extends AsyncDisposable {
  /** Shows the copy; its events and settings are the own archive's. */
  archive: Archive;
  status(): MirrorStatus;
}

/** Where the copy of the origin lies: a data folder of its own. */
export const copyFolder = (data: string): string => join(data, "mirror");

/** Undefined when this server is none. Starts with or without the origin. @throws HoldfastError storage/* */
export async function startMirror(
  own: OpenArchive,
  config: Config,
  clock: Clock,
  log: Logger,
  onFault: (error: HoldfastError) => void,
): Promise<RunningMirror | undefined> {
  const { from, keyFile, cert, key, ca, megabytesPerSecond } = config.mirror;
  if (from === undefined || keyFile === undefined) return undefined;
  const dataFolder = copyFolder(config.data);
  const { keyring } = await openKeyFile(keyFile, randomBytes);
  const files = { ...(cert && key ? { cert, key } : {}), ...(ca === undefined ? {} : { ca }) };
  // As text: a buffer does not cross to the thread as one.
  const tls = Object.fromEntries(
    Object.entries(peerTls(files)).map(([name, value]) => [name, Buffer.isBuffer(value) ? value.toString() : value]),
  );
  const client = await MirrorClient.start(
    {
      ...{ dataFolder, keyFile, url: from, tls },
      ...(megabytesPerSecond === undefined ? {} : { bandwidth: megabytesPerSecond * 1_000_000 }),
    },
    {
      onFault,
      onFailure: ({ code, failures }, detail, cause) =>
        log.error(
          { code, failures, ...(detail === undefined ? {} : { detail }), ...(cause ? { cause } : {}) },
          alarms.has(code) ? "ALARM: the origin contradicts what it signed" : "mirroring failed; it is tried again",
        ),
    },
  );
  const copy = openCopy(dataFolder, keyring, onFault);
  return {
    archive: new MirroredArchive(own, copy, clock),
    status: () => statusOf(from, client.progress, clock()),
    async [Symbol.asyncDispose]() {
      await client.close();
      await copy.close();
    },
  };
}

function statusOf(from: string, progress: MirrorProgress, now: number): MirrorStatus {
  const { entries, time, known, level, bytes, failures, code } = progress;
  return {
    from,
    entries,
    ...(entries > 0 ? { time } : {}),
    behind: Math.max(0, known - entries),
    lagSeconds: Math.max(0, (now - (level ?? time)) / 1000),
    bytes,
    failures,
    ...(code ? { code } : {}),
    alarm: alarms.has(code),
  };
}
