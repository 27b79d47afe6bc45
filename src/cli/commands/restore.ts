/** `holdfast restore`: the archive anew, from a replica alone. */
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import {
  layoutOf,
  lockFolder,
  makeFolder,
  openKeyFile,
  type Restoring,
  readManifest,
  readRestoring,
} from "../../vault/index.ts";
import {
  beginRestore,
  completeRestore,
  digestInPool,
  type Restored,
  type RestoreOptions,
  restoreReplica,
} from "../../vault/replica/index.ts";
import { targetOf } from "../compose/replicas.ts";
import { configOf, type Parsed } from "../program/config-options.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { type ExitCode, exit } from "../program/exit.ts";
import { Percent } from "../program/percent.ts";
import { duration, size } from "../program/progress.ts";
import { serve } from "./serve.ts";

interface Options extends Parsed {
  from: string;
  at?: number;
  endpoint?: string;
  region?: string;
  serve?: true;
  json?: boolean;
}

/** With `serve` it ends as `serve` does; what has not arrived by then comes at the next start. */
export async function restoreCommand(options: Options, environment: CommandEnvironment): Promise<ExitCode> {
  const { from, at, endpoint, region, serve: serving, json, ...stated } = options;
  const { data, keyFile } = await configOf(stated, environment);
  if (keyFile === undefined) throw new HoldfastError("storage/key", "Name the archive's key file with --key-file.");
  const to = from.startsWith("s3://") ? from : resolve(environment.cwd, from);
  const place: Omit<Restoring, "point"> = {
    from: to,
    ...(endpoint ? { endpoint } : {}),
    ...(region ? { region } : {}),
  };
  const begun = await begunIn(data, place);
  if (begun && serving) return serve(stated, environment);
  const { archive, keyring } = await openKeyFile(keyFile, randomBytes);
  await makeFolder(data);
  const { from: _, ...where } = place;
  const target = targetOf({ to, retentionDays: 1, ...where }, environment.clock);
  using _lock = begun ? lockFolder(layoutOf(data).lock) : undefined;
  const percent = new Percent("Restored", environment);
  const started = environment.clock();
  try {
    const restored = await bring({
      ...(begun ? { number: begun.point } : {}),
      ...(at === undefined ? {} : { at }),
      ...{ target, archive, keyring, dataFolder: data, digest: digestInPool },
      onProgress: (bytes, of) => percent.update("replica", bytes, of),
    });
    percent.clear();
    const seconds = (environment.clock() - started) / 1000;
    if (!serving)
      environment.stdout.write(json ? `${JSON.stringify({ ...restored, seconds })}\n` : told(restored, seconds));
  } finally {
    percent.clear();
    target.close();
  }
  return serving ? serve(stated, environment) : exit.done;

  function bring(parts: RestoreOptions): Promise<Restored> {
    if (serving) return beginRestore(parts, place);
    return begun ? completeRestore(parts) : restoreReplica(parts);
  }
}

/** The restore that the folder's note tells of. @throws HoldfastError request/conflict when another archive is there */
async function begunIn(data: string, { from }: Omit<Restoring, "point">): Promise<Restoring | undefined> {
  if (!(await readManifest(layoutOf(data).manifest))) return undefined;
  const begun = await readRestoring(data);
  if (!begun)
    throw new HoldfastError("request/conflict", `There is an archive in ${data} already; restore into another folder.`);
  if (begun.from !== from)
    throw new HoldfastError("request/conflict", `The restore into ${data} is from ${begun.from}.`);
  return begun;
}

function told({ point, bytes }: Restored, seconds: number): string {
  return (
    `${point.entries} journal entries, the last of ${new Date(point.entryTime).toISOString()}, and ${size(bytes)} ` +
    `restored and checked in ${duration(seconds)}. Prove it with holdfast verify, then start.\n`
  );
}
