/**
 * `npm run bench:encryption [-- --rounds 3 --count 1000 --seconds 5]`: what keys and ciphers cost C-STORE over four
 * associations and WADO-RS over four connections: `serve` as it is, and the same with copying in the place of every cipher,
 * in turns in one run. Everything else (hash, journal, sync, compression) is the same on both sides.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { serve } from "../../test/fault/served.ts";
import { identityOf, type Kind } from "../archive/objects.ts";
import { runScript } from "../archive/process.ts";
import { say } from "../archive/table.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    count: { type: "string", default: "1000" },
    seconds: { type: "string", default: "5" },
  },
});
const [rounds, count] = [Number(values.rounds), Number(values.count)];
const lanes = 4;
const accept = 'multipart/related; type="application/dicom"; transfer-syntax=*';

interface Rates {
  store: number;
  read: number;
}

async function measure(kind: Kind, run: number, environment: Record<string, string>): Promise<Rates> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-encryption-"));
  const { child, dicomPort, url } = await serve({ folder, environment });
  try {
    const to = ["127.0.0.1", dicomPort, "HOLDFAST", kind, count, lanes, run];
    const stored = await runScript<{ perSecond: number; failed: number }>("./store-load.ts", to);
    const urls = Array.from({ length: Math.min(count, 500) }, (_, index) => {
      const { studyUid, seriesUid, sopInstanceUid } = identityOf(kind, run, index);
      return `${url}/dicom-web/studies/${studyUid}/series/${seriesUid}/instances/${sopInstanceUid}`;
    });
    const asked = [lanes, values.seconds, accept, ...urls];
    const read = await runScript<{ perSecond: number; failed: number }>("./http-load.ts", asked);
    if (stored.failed + read.failed > 0) throw new Error(`${stored.failed} stores and ${read.failed} reads failed`);
    return { store: stored.perSecond, read: read.perSecond };
  } finally {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
const plain = { NODE_OPTIONS: `--import=${new URL("no-cipher.ts", import.meta.url).href}` };

for (const [kind, size] of [
  ["ct", "525 KB"],
  ["small", "14 KB"],
] as const) {
  const [on, off]: [Rates[], Rates[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const first = async () => on.push(await measure(kind, round, {}));
    const second = async () => off.push(await measure(kind, round, plain));
    for (const each of round % 2 === 0 ? [first, second] : [second, first]) await each();
  }
  for (const [what, of] of [
    ["C-STORE", "store"],
    ["WADO-RS", "read"],
  ] as const) {
    const [encrypted, copied] = [on, off].map((rates) => median(rates.map((each) => each[of]))) as [number, number];
    const share = ((encrypted / copied) * 100).toFixed(1);
    say(`${what} ${size}: ${encrypted.toFixed(0)}/s with keys and ciphers, ${copied.toFixed(0)}/s without: ${share} %`);
  }
}
