/** One of several threads that check segments. */
import { randomBytes } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { JournaledKeys, type SharedKeys } from "../keys/journaled-keys.ts";
import { ObjectKeys } from "../keys/object-keys.ts";
import { layoutOf } from "../layout.ts";
import { readKeyring, readManifest } from "../manifest.ts";
import type { SegmentLedger } from "./ledger.ts";
import { verifySegment } from "./segment.ts";

const { dataFolder, keyFile, shared } = workerData as { dataFolder: string; keyFile: string; shared: SharedKeys };
const port = parentPort!;
const layout = layoutOf(dataFolder);
const manifest = (await readManifest(layout.manifest))!;
const keyring = await readKeyring(keyFile, manifest, randomBytes);
const keys = new ObjectKeys(keyring, new JournaledKeys(shared));

port.on("message", async (ledger: SegmentLedger) => {
  let unsaid = 0;
  const { problems, erased } = await verifySegment(layout.vault, keys, ledger, (bytes) => {
    unsaid += bytes;
    if (unsaid > 4 * 1024 * 1024) {
      port.postMessage({ bytes: unsaid });
      unsaid = 0;
    }
  });
  port.postMessage({ bytes: unsaid, problems, erased });
});
