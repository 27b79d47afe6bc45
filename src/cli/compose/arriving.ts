/** Goes on with the restore that a data folder's note tells of, while the archive is served. */
import type { Logger } from "pino";
import { type Cataloguing, defaultKeyFile } from "../../archive/index.ts";
import type { RestoreStatus } from "../../http/index.ts";
import { layoutOf, readManifest, readRestoring } from "../../vault/index.ts";
import { ArrivingRestore } from "../../vault/replica/index.ts";
import type { Config } from "../config/index.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { placeOf } from "./replicas.ts";

export interface RunningRestore extends AsyncDisposable {
  restore: ArrivingRestore;
  /** `cataloguing`: how far the archive is catalogued. */
  status(cataloguing?: Cataloguing): RestoreStatus;
}

/** Undefined: the folder is complete. @throws HoldfastError replica/*, storage/* */
export async function startArriving(
  config: Config,
  environment: CommandEnvironment,
  log: Logger,
): Promise<RunningRestore | undefined> {
  const note = await readRestoring(config.data);
  const manifest = note && (await readManifest(layoutOf(config.data).manifest));
  if (!note || !manifest) return undefined;
  const { from, endpoint, region, point } = note;
  const configured = config.replicas.find(({ to }) => to === from);
  const place = placeOf({
    ...{ to: from, retentionDays: 1 },
    ...(endpoint ? { endpoint } : {}),
    ...(region ? { region } : {}),
    ...(configured?.credentialsFile ? { credentialsFile: configured.credentialsFile } : {}),
  });
  const keyFile = config.keyFile ?? defaultKeyFile(manifest.archive, environment.variables);
  const restore = await ArrivingRestore.start({ dataFolder: config.data, keyFile, place, point }, (code) =>
    log.error({ replica: from, code }, "the restore could not go on; it is tried again"),
  );
  log.info({ replica: from, bytes: restore.progress.of }, "a restore is under way: what has arrived can be read");
  void restore.done.then(() => log.info({ replica: from }, "the restore is complete"));
  return {
    restore,
    status: (cataloguing) => ({ from, ...restore.progress, ...(cataloguing ? { cataloguing } : {}) }),
    [Symbol.asyncDispose]: () => restore.close(),
  };
}
