/**
 * Orders to erase are carried out when they are due. The older root key leaves the key file when every replica has what came
 * with the newer one: until then a machine that is lost is restored with either.
 */
import type { Logger } from "pino";
import type { OpenArchive } from "../../archive/index.ts";
import { codeOf } from "../../core/index.ts";
import type { Replicas } from "./replicas.ts";

const lookEvery = 2_000; // ms

/** @returns what ends it */
export function keepKeySettled(
  archive: OpenArchive,
  replicas: Pick<Replicas, "status">,
  log: Logger,
): () => Promise<void> {
  const durable = new BigInt64Array(archive.durableEntries);
  /** Entries that a replica has to have; undefined: nothing to settle is known of. */
  let awaited: number | undefined;
  let finished = false;
  const look = async (): Promise<void> => {
    if (archive.cataloguing) return;
    for (const { id, tenant } of await archive.erasures.carryOut())
      log.warn({ erasure: id, tenant }, "a patient was erased: renew the copies of the key file, destroy the old ones");
    if (!finished) await archive.keeping.finishErasures();
    finished = true;
    if (!(await archive.keeping.unsettled())) {
      awaited = undefined;
      return;
    }
    awaited ??= Number(Atomics.load(durable, 0));
    const least = awaited;
    if (replicas.status().some(({ entries }) => entries < least)) return;
    await archive.keeping.settle();
    awaited = undefined; // the next exchange may begin at once: the replicas have to have that too
    finished = false;
    log.warn("the root key was exchanged: renew the copies of the key file (holdfast keys status)");
  };
  let looking: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look).catch((error) => log.error({ code: codeOf(error) }, "the key file was not settled"));
  }, lookEvery);
  return async () => {
    clearInterval(timer);
    await looking;
  };
}
