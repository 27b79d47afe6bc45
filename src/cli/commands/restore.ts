/** `holdfast restore`: the archive anew, from a replica alone. */
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import { layoutOf, makeFolder, openKeyFile, readManifest } from "../../vault/index.ts";
import { restoreReplica } from "../../vault/replica/index.ts";
import { targetOf } from "../compose/replicas.ts";
import { configOf, type Parsed } from "../program/config-options.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { type ExitCode, exit } from "../program/exit.ts";
import { Percent } from "../program/percent.ts";
import { duration, size } from "../program/progress.ts";

interface Options extends Parsed {
  from: string;
  at?: number;
  endpoint?: string;
  region?: string;
  json?: boolean;
}

export async function restoreCommand(options: Options, environment: CommandEnvironment): Promise<ExitCode> {
  const { from, at, endpoint, region } = options;
  const { data, keyFile } = await configOf(options, environment);
  if (keyFile === undefined) throw new HoldfastError("storage/key", "Name the archive's key file with --key-file.");
  if (await readManifest(layoutOf(data).manifest))
    throw new HoldfastError("request/conflict", `There is an archive in ${data} already; restore into another folder.`);
  const { archive, keyring } = await openKeyFile(keyFile, randomBytes);
  await makeFolder(data);
  const to = from.startsWith("s3://") ? from : resolve(environment.cwd, from);
  const target = targetOf(
    { to, retentionDays: 1, ...(endpoint ? { endpoint } : {}), ...(region ? { region } : {}) },
    environment.clock,
  );
  const percent = new Percent("Restored", environment);
  const started = environment.clock();
  try {
    const restored = await restoreReplica({
      target,
      archive,
      keyring,
      dataFolder: data,
      ...(at === undefined ? {} : { at }),
      onProgress: (bytes, of) => percent.update("replica", bytes, of),
    });
    percent.clear();
    const seconds = (environment.clock() - started) / 1000;
    const { point, bytes } = restored;
    environment.stdout.write(
      options.json
        ? `${JSON.stringify({ ...restored, seconds })}\n`
        : `${point.entries} journal entries, the last of ${new Date(point.entryTime).toISOString()}, and ${size(bytes)} ` +
            `restored and checked in ${duration(seconds)}. Prove it with holdfast verify, then start.\n`,
    );
    return exit.done;
  } finally {
    percent.clear();
    target.close();
  }
}
