/** What the parts of the bench share: time, words, and how a goal was met. */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

export const print = (line: string): boolean => process.stdout.write(`${line}\n`);

export async function seconds(act: () => unknown): Promise<number> {
  const begun = performance.now();
  await act();
  return (performance.now() - begun) / 1000;
}

/** Middle of several runs of each, taken in turns so that other load meets both. */
export async function inTurns(turns: number, ...acts: (() => unknown)[]): Promise<number[]> {
  const taken: number[][] = acts.map(() => []);
  for (let turn = 0; turn < turns; turn++)
    for (const [index, act] of acts.entries()) taken[index]!.push(await seconds(act));
  return taken.map(middle);
}

export function middle(values: number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}

export const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name));

export const megabytesOf = (files: string[]): number => files.reduce((sum, path) => sum + statSync(path).size, 0) / 1e6;

export type Rate = (spent: number) => string;

export const rateOf =
  (megabytes: number): Rate =>
  (spent) =>
    `${Math.round(megabytes / spent)} MB/s`;

export const has = (program: string): boolean => spawnSync("which", [program]).status === 0;

/** A ratio that should be at least (or at most) the goal. */
export function goal(ratio: number, kind: "least" | "most", wanted: number): string {
  const met = kind === "least" ? ratio >= wanted : ratio <= wanted;
  return `${ratio.toFixed(2)} (goal: at ${kind} ${wanted}: ${met ? "met" : "MISSED"})`;
}
