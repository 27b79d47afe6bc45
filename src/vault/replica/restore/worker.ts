/** Entry of the thread that brings a vault while the archive is served; tries again, ever more slowly, until all is here. */
import { randomBytes } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { HoldfastError, systemClock } from "../../../core/index.ts";
import { openKeyFile } from "../../manifest.ts";
import { endRestoring } from "../../restoring.ts";
import { openTarget } from "../place.ts";
import { digestInPool } from "../point.ts";
import type { ArrivingProgress, ArrivingSettings, FromArriving, ToArriving } from "./client.ts";
import type { Delivery } from "./delivery.ts";
import { planRestore } from "./plan.ts";
import { vaultDelivery } from "./restore.ts";

const firstPause = 1_000; // ms
const slowest = 60_000; // ms

const { dataFolder, keyFile, place, point } = workerData as ArrivingSettings;
const port = parentPort!;
const post = (message: FromArriving): void => port.postMessage(message);
const target = openTarget(place, systemClock);
const { archive, keyring } = await openKeyFile(keyFile, randomBytes);
const plan = await planRestore(target, archive, keyring, { number: point });
const progress: ArrivingProgress = {
  bytes: 0,
  of: plan.vault.reduce((sum, { length }) => sum + length, 0),
  done: false,
  failures: 0,
};

let delivery: Delivery | undefined;
let surveyed = false;
let closing = false;
let wake = (): void => {};
port.on("message", (message: ToArriving) => {
  if (message.type === "hurry") return delivery?.hurry(message.parts);
  closing = true;
  wake();
});
post({ type: "ready", memory: plan.arrivals.memory, progress });

while (!closing && !progress.done) {
  progress.bytes = progress.of - plan.arrivals.awaited;
  try {
    delivery = await vaultDelivery({ target, archive, keyring, dataFolder, digest: digestInPool }, plan, {
      stopped: () => closing,
      onSurvey({ early }) {
        if (!surveyed) post({ type: "surveyed", ...(early ? { early } : {}) });
        surveyed = true;
      },
      onBytes(bytes) {
        progress.bytes += bytes;
        progress.failures = 0;
        delete progress.code;
        post({ type: "progress", progress });
      },
    });
    await delivery.run();
    await endRestoring(dataFolder);
    progress.done = true;
  } catch (error) {
    progress.failures++;
    progress.code = error instanceof HoldfastError ? error.code : "replica/failed";
  }
  if (closing) break;
  post({ type: "progress", progress });
  if (!progress.done) await pause(Math.min(slowest, firstPause * 2 ** Math.min(progress.failures, 10)));
}
target.close();
port.close();

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
