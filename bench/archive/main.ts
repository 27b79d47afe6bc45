/**
 * The archive's bench: the same loads, from the same client, against Holdfast and its peers in one run.
 * `npm run bench:archive -- [--quick] [--peers holdfast,orthanc-durable,…] [--only store,web]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type PeerName, type RunningPeer, startPeer } from "./peers.ts";
import { runScript } from "./process.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    peers: { type: "string", default: "holdfast,orthanc-durable,orthanc,dcmqrscp,storescp" },
  },
});
const scale = values.quick ? 0.1 : 1;
const say = (text: string): unknown => process.stdout.write(`${text}\n`);

interface StoreResult {
  seconds: number;
  failed: number;
  perSecond: number;
  clientCpuSeconds: number;
}

const storeLoads = [
  { name: "CT 525 KB, 1 association", kind: "ct", count: 2000 * scale, associations: 1 },
  { name: "CT 525 KB, 4 associations", kind: "ct", count: 2000 * scale, associations: 4 },
  { name: "small 14 KB, 1 association", kind: "small", count: 5000 * scale, associations: 1 },
  { name: "small 14 KB, 4 associations", kind: "small", count: 5000 * scale, associations: 4 },
];

async function storeBench(peer: RunningPeer): Promise<Map<string, StoreResult>> {
  const results = new Map<string, StoreResult>();
  for (const [run, load] of storeLoads.entries()) {
    const parameters = ["127.0.0.1", peer.dicomPort, peer.aeTitle, load.kind, load.count, load.associations, run];
    results.set(load.name, await runScript<StoreResult>("./store-load.ts", parameters));
  }
  return results;
}

const all = new Map<string, Map<string, StoreResult>>();
const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
try {
  for (const name of values.peers.split(",") as PeerName[]) {
    const peer = await startPeer(name, join(folder, name));
    if (!peer) {
      say(`${name}: not installed`);
      continue;
    }
    all.set(name, await storeBench(peer));
    say(`${name}: peak memory ${peer.service.peakMemory().toFixed(0)} MiB`);
    await peer.service.stop();
    rmSync(join(folder, name), { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const reference = all.get("orthanc-durable");
for (const { name } of storeLoads) {
  say(`\n${name}`);
  for (const [peer, results] of all) {
    const { perSecond, failed, clientCpuSeconds, seconds } = results.get(name)!;
    const ratio = reference ? ` ${(perSecond / reference.get(name)!.perSecond).toFixed(2)}× durable Orthanc` : "";
    say(`  ${peer.padEnd(16)} ${perSecond.toFixed(0).padStart(6)}/s${ratio}  client ${((100 * clientCpuSeconds) / seconds).toFixed(0)} % of a core${failed ? `  ${failed} FAILED` : ""}`);
  }
}
