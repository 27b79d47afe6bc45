/**
 * The engine at work in the archive: `npm run bench:live -- [--seconds 30] [--rate 2000] [--rounds 3] [--count 4000]
 * [--containments 240] [--only latency|containments|throughput]`. Latency: accesses at a steady rate through journal and
 * engine. Containments: from the engine's assessment to the gate. Throughput: C-STORE into `serve` with the engine on and
 * off, in turns.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { serve } from "../../test/fault/served.ts";
import { runScript } from "../archive/process.ts";
import { say } from "../archive/table.ts";
import { measureContainments } from "./containments.ts";
import { measureLatency } from "./latency.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "30" },
    rate: { type: "string", default: "2000" },
    rounds: { type: "string", default: "3" },
    count: { type: "string", default: "4000" },
    containments: { type: "string", default: "240" },
    only: { type: "string" },
  },
});

interface Stored {
  perSecond: number;
  failed: number;
}

const loads = [
  ["small", "14 KB", 4],
  ["ct", "525 KB", 4],
] as const;

async function stores(kind: string, associations: number, live: boolean, run: number): Promise<Stored> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-live-"));
  const served = await serve({ folder, environment: { HOLDFAST_BEHAVIOUR_LIVE: String(live) } });
  try {
    const count = kind === "ct" ? Number(values.count) / 4 : Number(values.count);
    return await runScript<Stored>("./store-load.ts", [
      "127.0.0.1",
      served.dicomPort,
      "HOLDFAST",
      kind,
      count,
      associations,
      run,
    ]);
  } finally {
    served.child.kill("SIGTERM");
    await served.ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;

const isWanted = (part: string): boolean => values.only === undefined || values.only === part;

if (isWanted("latency")) await measureLatency(Number(values.rate), Number(values.seconds), say);
if (isWanted("containments")) await measureContainments(Number(values.containments), say);
for (const [kind, size, associations] of isWanted("throughput") ? loads : []) {
  const rates = { on: [] as number[], off: [] as number[] };
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const live of round % 2 === 0 ? [true, false] : [false, true]) {
      const { perSecond, failed } = await stores(kind, associations, live, round);
      if (failed > 0) say(`${failed} FAILED`);
      rates[live ? "on" : "off"].push(perSecond);
    }
  }
  const [on, off] = [median(rates.on), median(rates.off)];
  const share = ((on / off) * 100).toFixed(1);
  say(
    `C-STORE ${size}, ${associations} associations: ${on.toFixed(0)}/s with the engine, ${off.toFixed(0)}/s without: ${share} %`,
  );
  say(`  with ${rates.on.map(Math.round).join(", ")}; without ${rates.off.map(Math.round).join(", ")}`);
}
