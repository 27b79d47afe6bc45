/** C-STORE of CT slices and of small objects, over one and four associations. */
import type { RunningPeer } from "./peers.ts";
import { runScript } from "./process.ts";

export interface StoreResult {
  perSecond: number;
  failed: number;
  clientCpuSeconds: number;
}

export const storeLoads = [
  { name: "CT 525 KB, 1 association", kind: "ct", count: 2000, associations: 1 },
  { name: "CT 525 KB, 4 associations", kind: "ct", count: 2000, associations: 4 },
  { name: "small 14 KB, 1 association", kind: "small", count: 5000, associations: 1 },
  { name: "small 14 KB, 4 associations", kind: "small", count: 5000, associations: 4 },
];

/** Seconds for one load. */
const longest = 12;

export async function benchStores(peer: RunningPeer, scale: number): Promise<Map<string, StoreResult>> {
  const results = new Map<string, StoreResult>();
  for (const [run, { name, kind, count, associations }] of storeLoads.entries()) {
    const parameters = ["127.0.0.1", peer.dicomPort, peer.aeTitle, kind, count * scale, associations, run, longest];
    results.set(name, await runScript<StoreResult>("./store-load.ts", parameters));
  }
  return results;
}
