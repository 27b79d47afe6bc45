/** A program in a process of its own, of whose system calls one fails or is its last. */
import { spawnSync } from "node:child_process";

export interface Fault {
  /** One or several, with commas. */
  call: string;
  /** `error=EIO`, `error=ENOSPC` or `signal=SIGKILL`, as strace has it. */
  how: string;
  /** Which of the calls, from 1. */
  which: number;
}

/** What a program exits with that says it has failed. */
export const saysFailed = 3;

/**
 * Never of `write`, by which a process wakes its own threads: of such writes that fail see the simulation.
 * @returns what it said, or that it was killed before it said anything
 */
export function runUnder(words: string[], { call, how, which }: Fault): "done" | "failed" | "killed" {
  const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:${how}:when=${which}`];
  const env = { ...process.env, UV_THREADPOOL_SIZE: "1" }; // strace counts the calls of each thread
  const all = ["-f", "-qq", "-o", "/dev/null", ...inject, process.execPath, ...words];
  const { status, signal, stderr } = spawnSync("strace", all, { env, encoding: "utf8" });
  if (status === 0) return "done";
  if (status === saysFailed) return "failed";
  if (signal === "SIGKILL" || status === 137) return "killed";
  throw new Error(`It ended with ${status ?? signal}: ${stderr}`);
}
