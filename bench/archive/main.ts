/**
 * The archive's bench: the same loads, from the same client, against Holdfast and its peers in one run.
 * `npm run bench:archive -- [--quick] [--peers holdfast,orthanc-durable,…] [--studies 100000]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type PeerName, startPeer } from "./peers.ts";
import { benchReads, type ReadResult } from "./reads.ts";
import { benchStarts } from "./starts.ts";
import { benchStores, type StoreResult, storeLoads } from "./stores.ts";
import { column, say } from "./table.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    peers: {
      type: "string",
      default:
        "holdfast,orthanc-durable,orthanc-durable-nodelay,orthanc-nodelay,dcmqrscp-nodelay,storescp,storescp-nodelay",
    },
    studies: { type: "string", default: "100000" },
  },
});
const scale = values.quick ? 0.1 : 1;
const reference = "orthanc-durable";
const stores = new Map<string, Map<string, StoreResult>>();
const reads = new Map<string, ReadResult>();
const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));

async function benchPeer(name: PeerName): Promise<void> {
  const peer = await startPeer(name, join(folder, name));
  if (!peer) {
    say(`${name}: not installed`);
    return;
  }
  try {
    stores.set(name, await benchStores(peer, scale));
    if (!name.startsWith("storescp")) reads.set(name, await benchReads(peer, values.quick ? 2 : 5));
    say(`${name}: peak memory ${peer.service.peakMemory().toFixed(0)} MiB`);
  } finally {
    await peer.service.stop();
    rmSync(join(folder, name), { recursive: true });
  }
}

function tell(title: string, figure: (peer: string) => number | undefined): void {
  say(`\n${title}`);
  const base = figure(reference);
  for (const peer of new Set([...stores.keys(), ...reads.keys()])) {
    const value = figure(peer);
    if (value === undefined) continue;
    const ratio = base ? `${(value / base).toFixed(2)} × durable Orthanc` : "";
    say(`  ${column(peer, 26)}${column(value < 100 ? value.toFixed(1) : value.toFixed(0), -8)}/s  ${ratio}`);
  }
}

try {
  for (const name of values.peers.split(",") as PeerName[]) await benchPeer(name);
  for (const { name } of storeLoads) tell(`C-STORE, ${name}`, (peer) => stores.get(peer)?.get(name)?.perSecond);
  tell("C-FIND of one study, 4 associations", (peer) => reads.get(peer)?.finds);
  tell("C-MOVE, objects of 14 KB", (peer) => reads.get(peer)?.moved);
  tell("QIDO study list, 62 studies and more, 4 connections", (peer) => reads.get(peer)?.studyList);
  tell("QIDO series of a study", (peer) => reads.get(peer)?.series);
  tell("WADO instance, 14 KB", (peer) => reads.get(peer)?.instance);
  tell("WADO metadata of an instance", (peer) => reads.get(peer)?.metadata);
  for (const [peer, results] of stores)
    for (const [load, { failed }] of results) if (failed > 0) say(`${peer}: ${failed} FAILED of ${load}`);
  if (values.peers.includes("holdfast")) await benchStarts(join(folder, "full"), Number(values.studies) * scale, say);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
