/** Opens the archive that a configuration describes. */
import { hostname, userInfo } from "node:os";
import { type ArchiveOptions, type OpenArchive, openArchive, type RequestContext } from "../../archive/index.ts";
import { HoldfastError } from "../../core/index.ts";
import { layoutOf, readManifest } from "../../vault/index.ts";
import type { Config } from "../config/index.ts";
import type { CommandEnvironment } from "../program/environment.ts";

export async function openConfigured(
  config: Config,
  environment: CommandEnvironment,
  onFault?: (error: HoldfastError) => void,
  arriving?: ArchiveOptions["arriving"],
): Promise<OpenArchive> {
  const archive = await openArchive({
    dataFolder: config.data,
    ...(config.keyFile === undefined ? {} : { keyFile: config.keyFile }),
    compression: config.compression,
    maxObjectSize: config.limits.objectBytes,
    acceptSopClasses: config.acceptUnknownSopClasses,
    retentionDays: config.retentionDays,
    erasureDelayDays: config.erasureDelayDays,
    now: environment.clock,
    ...(onFault ? { onFault } : {}),
    ...(arriving ? { arriving } : {}),
  });
  if (archive.keyCreated) environment.stderr.write(firstStart(archive.keyFile));
  return archive;
}

/** For commands that read: a mistyped folder must not become a new archive. @throws HoldfastError request/not-found */
export async function assertArchive(config: Config): Promise<void> {
  if (await readManifest(layoutOf(config.data).manifest)) return;
  throw new HoldfastError("request/not-found", `There is no archive in ${config.data}; name its folder with --data.`);
}

/** Who runs a command on this machine. */
export function localContext(operation: string, environment: CommandEnvironment): RequestContext {
  return {
    actor: {
      user: { name: userInfo().username, type: "person" },
      app: `holdfast ${operation}`,
      session: environment.newId(),
    },
    src: { hostname: hostname() },
    protocol: "cli",
    operation,
  };
}

function firstStart(keyFile: string): string {
  return [
    "A new archive was made. Its keys are in",
    `  ${keyFile}`,
    "Without this file nothing stored can be read. Back it up off-line now:",
    "  npx holdfast keys backup /media/usb/holdfast.key",
    "",
  ].join("\n");
}
