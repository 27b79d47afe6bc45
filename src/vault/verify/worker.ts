/** One of several threads that check segments. */
import { randomBytes } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { layoutOf } from "../layout.ts";
import { readKeyring, readManifest } from "../manifest.ts";
import type { SegmentLedger } from "./ledger.ts";
import { verifySegment } from "./segment.ts";

const { dataFolder, keyFile } = workerData as { dataFolder: string; keyFile: string };
const port = parentPort!;
const layout = layoutOf(dataFolder);
const manifest = (await readManifest(layout.manifest))!;
const keyring = await readKeyring(keyFile, manifest, randomBytes);

port.on("message", async (ledger: SegmentLedger) => {
  let unsaid = 0;
  const problems = await verifySegment(layout.vault, keyring, ledger, (bytes) => {
    unsaid += bytes;
    if (unsaid > 4 * 1024 * 1024) {
      port.postMessage({ bytes: unsaid });
      unsaid = 0;
    }
  });
  port.postMessage({ bytes: unsaid, problems });
});
