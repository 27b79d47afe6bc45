/** Entry of the writer thread: where its time and randomness come from, and the loop of messages. */
import { randomBytes } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../core/index.ts";
import { Arrivals, layoutOf, pooled, readKeyring, readManifest } from "../../vault/index.ts";
import { compressionPolicy } from "./compression.ts";
import { openStores } from "./open.ts";
import type { FromWriter, ToWriter, WriterSettings } from "./protocol.ts";
import { systemEvent, WriterService } from "./service.ts";

const settings = workerData as WriterSettings;
const port = parentPort!;
const layout = layoutOf(settings.dataFolder);
const manifest = (await readManifest(layout.manifest))!;
const random = pooled(randomBytes);
const keyring = await readKeyring(settings.keyFile, manifest, random);
const durable = new BigInt64Array(settings.durable);
const stores = await openStores({
  layout,
  manifest,
  keyring,
  keyFile: settings.keyFile,
  compression: compressionPolicy(settings.compression, () => performance.now()),
  random,
  now: systemClock,
  ...(settings.arrivals ? { arrivals: new Arrivals(settings.arrivals) } : {}),
  onCatalogued: (entries, of) =>
    port.postMessage({ type: "cataloguing", cataloguing: { entries, of } } satisfies FromWriter),
  onDurable: (size) => {
    Atomics.store(durable, 0, BigInt(size));
    Atomics.notify(durable, 0);
  },
});
const host = {
  post: (message: FromWriter) => port.postMessage(message),
  now: systemClock,
  turn: () => new Promise<void>((resolve) => void setImmediate(resolve)),
  after: (milliseconds: number, action: () => void) => void setTimeout(action, milliseconds),
};
const rules = { ...settings, random: Math.random, pixelKey: keyring.derived("pixel digest") };
const service = new WriterService(stores, host, rules, settings.slots);
port.on("message", (message: ToWriter) => service.handle(message));
service.handle({ type: "events", events: [systemEvent("start", settings.startedAt)] });
const { position } = service;
const { setAside } = stores.journal;
port.postMessage({ type: "ready", archive: manifest.archive, position, setAside } satisfies FromWriter);
