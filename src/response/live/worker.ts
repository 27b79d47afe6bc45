/** Entry of the engine's thread: waits for the journal to grow, and follows it. */
import { parentPort, workerData } from "node:worker_threads";
import { defaultAlertOptions } from "../../behaviour/index.ts";
import { HoldfastError, systemClock } from "../../core/index.ts";
import { layoutOf, readKeyring, readManifest } from "../../vault/index.ts";
import { Figures } from "./figures.ts";
import { Follower } from "./follower.ts";
import type { EngineSettings, FromEngine, ToEngine } from "./protocol.ts";
import { resume } from "./resume.ts";
import { writeSnapshot } from "./snapshot-file.ts";

const settings = workerData as EngineSettings;
const port = parentPort!;
const layout = layoutOf(settings.dataFolder);
const manifest = (await readManifest(layout.manifest))!;
const keyring = await readKeyring(settings.keyFile, manifest, () => {
  throw new HoldfastError("internal/error", "The behaviour engine makes no keys.");
});
const durable = new BigInt64Array(settings.durable);
const figures = new Figures(settings.figures);
const { engine, tail, facts } = await resume(
  layout.behaviour,
  { folder: layout.journal, archive: manifest.archive, keyring },
  {
    alerts: { ...defaultAlertOptions, alertsPerWeek: settings.alertsPerWeek },
    seed: settings.seed,
    ...(settings.canaries.length > 0 ? { canaries: settings.canaries } : {}),
  },
);
for (const name of ["events", "failed", "remarks", "alerts"] as const) figures.set(name, facts[name]);
figures.set("snapshot", facts.position);
figures.set("posted", figures.get("delivered"));

const follower = new Follower({
  engine,
  tail,
  figures,
  snapshots: settings.snapshots,
  identity: facts,
  liveFrom: settings.liveFrom,
  fresh: facts.position === 0,
  host: {
    now: systemClock,
    post: (message: FromEngine) => port.postMessage(message),
    pause: (milliseconds) => new Promise((resolve) => void setTimeout(resolve, milliseconds)),
    save: (saved, state) => writeSnapshot(layout.behaviour, saved, state),
  },
});

let closing = false;
port.on("message", (message: ToEngine) => {
  if (message.type === "keep") follower.keep(message.position);
  else {
    closing = true;
    Atomics.notify(durable, 0); // ends the wait below
  }
});

while (!closing) {
  const size = Atomics.load(durable, 0);
  if (follower.position < Number(size)) {
    await follower.step(Number(size));
    await new Promise((resolve) => void setImmediate(resolve));
    continue;
  }
  const waiting = Atomics.waitAsync(durable, 0, size);
  if (waiting.async) await waiting.value;
}
await follower.end();
tail.close();
port.postMessage({ type: "closed" } satisfies FromEngine);
port.close();
