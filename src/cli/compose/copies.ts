/** Looks at the replicas every some seconds; one that is behind, or whose lock does not hold, becomes an alert. */
import type { Logger } from "pino";
import { type Clock, codeOf } from "../../core/index.ts";
import { type CopyState, CopyWatch, type Responder } from "../../response/index.ts";
import type { Config } from "../config/index.ts";
import type { Replicas } from "./replicas.ts";
import { self } from "./response.ts";

const lookEvery = 10_000; // ms

/** @returns what ends it */
export function watchCopies(
  replicas: Pick<Replicas, "status">,
  config: Config,
  responder: Responder,
  clock: Clock,
  log: Logger,
): () => Promise<void> {
  const watch = new CopyWatch({ responder, self, now: clock });
  const states = (): CopyState[] =>
    replicas.status().map(({ lagSeconds, lockBroken = [] }, index) => ({
      ...{ name: `replica ${index}`, lag: lagSeconds, lockBroken },
      mostLag: config.replicas[index]!.alarmMinutes * 60,
    }));
  let looking: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking
      .then(() => watch.look(states()))
      .catch((error) => log.error({ code: codeOf(error) }, "an alert about a replica could not be recorded"));
  }, lookEvery).unref();
  return async () => {
    clearInterval(timer);
    await looking;
  };
}
