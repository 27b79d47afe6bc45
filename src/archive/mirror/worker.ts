/** Entry of the mirror's thread: follows the origin, checks what it takes, and keeps the copy's catalogue. */
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../core/index.ts";
import {
  Bandwidth,
  KeyStore,
  layoutOf,
  lockFolder,
  makeFolder,
  openKeyFile,
  originOf,
  Remote,
  verifierKey,
} from "../../vault/index.ts";
import { openOrRebuild } from "../writer/open.ts";
import { Following } from "./following.ts";
import type { FromMirror, MirrorSettings, ToMirror } from "./protocol.ts";

/** Without a byte for so long, ms, a request is given up. */
const idle = 20_000;

const settings = workerData as MirrorSettings;
const port = parentPort!;
const post = (message: FromMirror): void => port.postMessage(message);
const layout = layoutOf(settings.dataFolder);
await makeFolder(settings.dataFolder);
const lock = lockFolder(layout.lock);
const { archive, keyring } = await openKeyFile(settings.keyFile, randomBytes);
await makeFolder(dirname(layout.catalogue));
const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const following = new Following({
  layout,
  archive,
  keyring,
  keyStore: new KeyStore(settings.keyFile, randomBytes),
  verifier: verifierKey(originOf(archive), keyring.publicKey),
  remote: new Remote({ url: settings.url, tls: settings.tls, idle }),
  openCatalogue: () => openOrRebuild(layout.catalogue),
  now: systemClock,
  ...(settings.bandwidth === undefined ? {} : { bandwidth: new Bandwidth(settings.bandwidth, systemClock, wait) }),
  told: (progress, error) =>
    post({
      type: "progress",
      progress,
      ...(error?.detail === undefined ? {} : { detail: error.detail }),
      ...(error?.cause === undefined ? {} : { cause: String((error.cause as { code?: string }).code ?? "") }),
    }),
});
await following.open();
post({ type: "ready", progress: following.progress });
let stop = (): void => {};
const stopped = new Promise<void>((resolve) => {
  stop = resolve;
});
port.on("message", (_message: ToMirror) => stop());
await following.run(stopped, wait);
lock[Symbol.dispose]();
post({ type: "closed" });
port.close();
