/** The behaviour engine over the archive's own journal, as a configuration describes it. */
import type { Logger } from "pino";
import type { OpenArchive } from "../../archive/index.ts";
import { type LiveBehaviour, startBehaviour } from "../../response/live/index.ts";
import type { Config } from "../config/index.ts";

/** Undefined when it is switched off. Catches up by itself: nobody waits for it. */
export function liveBehaviour(archive: OpenArchive, config: Config, log: Logger): LiveBehaviour | undefined {
  if (!config.behaviour.live) return undefined;
  return startBehaviour({
    dataFolder: config.data,
    keyFile: archive.keyFile,
    durable: archive.durableEntries,
    alertsPerWeek: config.behaviour.alertsPerWeek,
    canaries: config.behaviour.canaries,
    onTrouble: (code) => log.error({ code }, "the behaviour engine stopped; it is started again"),
  });
}
