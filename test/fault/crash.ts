/** Kills the server at random instants under load: `node test/fault/crash.ts --kills 200 --seed 1`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { checkArchive } from "./check.ts";
import { type Acknowledged, acknowledging, send } from "./sender.ts";
import { serve } from "./served.ts";

/** A small seeded generator (mulberry32), numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export interface CrashReport {
  kills: number;
  acknowledged: number;
}

/** @throws AssertionError when something acknowledged is missing or altered. */
export async function crashTest(kills: number, seed: number, say: (text: string) => void): Promise<CrashReport> {
  const random = seeded(seed);
  const folder = await mkdtemp(join(tmpdir(), "holdfast-crash-"));
  const acknowledged: Acknowledged = { objects: new Map(), failures: [] };
  try {
    for (let kill = 0; kill < kills; kill++) {
      const served = await serve({ folder });
      const size = (index: number): number => (index % 10 === 9 ? 400_000 : 2 + Math.floor(random() * 20_000) * 2);
      const sending = send(
        { port: served.dicomPort, prefix: `2.25.${seed}.${kill + 1}`, associations: 4, count: 10_000, size },
        acknowledged,
      );
      await acknowledging(acknowledged, Math.floor(random() * 60));
      await sleep(random() * 30); // anywhere within a batch
      served.child.kill("SIGKILL");
      await Promise.all([sending, served.ended]);
      if (kill % 10 === 9 || kill === kills - 1) await checkArchive(folder, acknowledged);
      say(`kill ${kill + 1} of ${kills}: ${acknowledged.objects.size} objects acknowledged`);
    }
    return { kills, acknowledged: acknowledged.objects.size };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { kills: { type: "string", default: "200" }, seed: { type: "string", default: "1" } },
  });
  const report = await crashTest(Number(values.kills), Number(values.seed), (text) =>
    process.stdout.write(`${text}\n`),
  );
  process.stdout.write(
    `${report.kills} kills, seed ${values.seed}: all ${report.acknowledged} acknowledged objects are there and whole\n`,
  );
}
