/**
 * `npm run bench:gate -- --throughput [--rounds 3 --count 4000]`: C-STORE over four associations into `serve` with a gate
 * that knows its peers, events, engine and an acting policy, and into an archive without any of them, in turns; with
 * `--pixel-digest` with and without the keyed digest of the pixels.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { serve } from "../../test/fault/served.ts";
import { runScript } from "../archive/process.ts";
import { say } from "../archive/table.ts";

const bare = fileURLToPath(new URL("bare.ts", import.meta.url));
const policy = fileURLToPath(new URL("../../docs/policies/automatic.json", import.meta.url));
const associations = 4;
const leastShare = 0.85;
/** % */
const mostDigest = 5;

interface Running {
  child: ChildProcess;
  dicomPort: number;
}

async function withAll(folder: string, environment: Record<string, string> = {}): Promise<Running> {
  const config = join(folder, "holdfast.json");
  const peers = [{ aeTitle: "BENCH", host: "127.0.0.1", port: 104 }];
  writeFileSync(config, JSON.stringify({ peers, response: { policy } }));
  return serve({ folder, parameters: ["--config", config], environment });
}

const withoutDigest = (folder: string): Promise<Running> =>
  withAll(folder, { NODE_OPTIONS: `--import=${new URL("no-digest.ts", import.meta.url).href}` });

async function withNothing(folder: string): Promise<Running> {
  const child = spawn(
    process.execPath,
    ["--max-semi-space-size=4", bare, join(folder, "data"), join(folder, "key.json")],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  for await (const line of createInterface(child.stdout!)) {
    const match = /^ready dicom=[^:]+:(\d+)/.exec(line);
    if (match) return { child, dicomPort: Number(match[1]) };
  }
  throw new Error("the bare archive ended before it was ready");
}

async function rate(kind: string, count: number, run: number, start: typeof withNothing) {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-gate-"));
  const { child, dicomPort } = await start(folder);
  try {
    const words = ["127.0.0.1", dicomPort, "HOLDFAST", kind, count, associations, run];
    const { perSecond, failed } = await runScript<{ perSecond: number; failed: number }>("./store-load.ts", words);
    if (failed > 0) throw new Error(`${failed} objects were not stored`);
    return perSecond;
  } finally {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;

/** In turns, so that what else the machine does falls on both. */
async function compared(
  kind: "small" | "ct",
  rounds: number,
  count: number,
  [one, other]: [typeof withNothing, typeof withNothing],
): Promise<{ share: number; on: number[]; off: number[] }> {
  const [on, off]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const first = async () => on.push(await rate(kind, count, round, one));
    const second = async () => off.push(await rate(kind, count, round, other));
    for (const each of round % 2 === 0 ? [first, second] : [second, first]) await each();
  }
  return { share: median(on) / median(off), on, off };
}

const rounded = (rates: number[]): string => rates.map(Math.round).join(", ");

/** @returns whether the target is met */
export async function measureThroughput(rounds: number, count: number): Promise<boolean> {
  let isMet = true;
  for (const [kind, size, each] of [
    ["small", "14 KB", count],
    ["ct", "525 KB", count / 4],
  ] as const) {
    const { share, on, off } = await compared(kind, rounds, each, [withAll, withNothing]);
    if (share < leastShare) isMet = false;
    say(
      `C-STORE ${size}, ${associations} associations: ${median(on).toFixed(0)}/s with gate, events, engine and policy, ` +
        `${median(off).toFixed(0)}/s without: ${(share * 100).toFixed(1)} % (target ${leastShare * 100} %)`,
    );
    say(`  with ${rounded(on)}; without ${rounded(off)}`);
  }
  return isMet;
}

/** @returns whether the target is met */
export async function measurePixelDigest(rounds: number, count: number): Promise<boolean> {
  const { share, on, off } = await compared("ct", rounds, count / 4, [(folder) => withAll(folder), withoutDigest]);
  const cost = (1 - share) * 100;
  say(
    `C-STORE CT 525 KB: ${median(on).toFixed(0)}/s with the digest of the pixels, ${median(off).toFixed(0)}/s without: ` +
      `costs ${cost.toFixed(1)} % (target ${mostDigest} %)`,
  );
  say(`  with ${rounded(on)}; without ${rounded(off)}`);
  return cost <= mostDigest;
}
