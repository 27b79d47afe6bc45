/** Plays histories in several processes, each a share of the seeds. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Invariant } from "./invariants.ts";
import type { Told } from "./scene.ts";

export interface Failure {
  seed: number;
  error: string;
  invariant?: Invariant;
}

export interface Outcome {
  histories: number;
  failures: Failure[];
  sums: Told;
}

export interface RunOptions {
  seed: number;
  histories: number;
  processes: number;
  /** Name of a planted bug. */
  bug?: string;
  onProgress?(histories: number): void;
}

const part = fileURLToPath(new URL("./part.ts", import.meta.url));

/** Stops at the first history that breaks. */
export async function simulate(options: RunOptions): Promise<Outcome> {
  const { seed, histories, processes, bug } = options;
  const sums: Told = { acts: 0, falls: 0, faults: 0, restores: 0, acknowledged: 0, gone: 0 };
  const outcome: Outcome = { histories: 0, failures: [], sums };
  const children = Array.from({ length: Math.min(processes, histories) }, (_, index) => {
    const words = [seed + index, processes, seed + histories].map(String);
    const child = spawn(process.execPath, ["--no-deprecation", part, ...words, ...(bug === undefined ? [] : [bug])], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    return child;
  });
  const stop = (): void => {
    for (const child of children) child.kill();
  };
  await Promise.all(
    children.map(async (child) => {
      let complaint = "";
      let played = false;
      child.stderr.on("data", (chunk: Buffer) => {
        complaint = (complaint + chunk).slice(-4_000);
      });
      const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
      for await (const line of createInterface(child.stdout)) {
        played = true;
        const said = JSON.parse(line) as { seed: number; told?: Told } & Failure;
        outcome.histories++;
        if (said.told) for (const key of Object.keys(sums) as (keyof Told)[]) sums[key] += said.told[key];
        else outcome.failures.push(said);
        if (!said.told) stop();
        options.onProgress?.(outcome.histories);
      }
      const code = await ended;
      if (code !== 0 && code !== null && outcome.failures.length === 0)
        outcome.failures.push({ seed: played ? -1 : seed, error: complaint });
    }),
  );
  return outcome;
}
