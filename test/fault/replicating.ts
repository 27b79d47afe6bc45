/**
 * One round of replication into a folder in a process of its own, so that its system calls can be made to fail:
 * `replicating.ts HOME REPLICA` exits with 0 when it says that it is done, else with 3.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FolderTarget } from "../../src/vault/replica/index.ts";
import { replicatorOf } from "../support/replicator.ts";

const self = fileURLToPath(import.meta.url);

export interface Fault {
  call: string;
  /** `error=EIO` or `signal=SIGKILL`, as strace has it. */
  how: string;
  /** Which of the calls, from 1. */
  which: number;
}

/** @returns what it said, or that it was killed before it said anything */
export function roundUnder(home: string, replica: string, fault: Fault): "done" | "failed" | "killed" {
  const { call, how, which } = fault;
  const inject = ["-e", `trace=${call}`, "-e", `inject=${call}:${how}:when=${which}`];
  const words = ["-f", "-qq", "-o", "/dev/null", ...inject, process.execPath, self, home, replica];
  const env = { ...process.env, UV_THREADPOOL_SIZE: "1" }; // strace counts the calls of each thread
  const { status, signal, stderr } = spawnSync("strace", words, { env, encoding: "utf8" });
  if (status === 0) return "done";
  if (status === 3) return "failed";
  if (signal === "SIGKILL" || status === 137) return "killed";
  throw new Error(`It ended with ${status ?? signal}: ${stderr}`);
}

async function run(home: string, replica: string): Promise<void> {
  const target = new FolderTarget(replica);
  const archive = { dataFolder: join(home, "data"), keyFile: join(home, "key.json") };
  try {
    await (await replicatorOf(archive, target)).round();
  } catch {
    process.exitCode = 3;
  }
}

if (process.argv[1] === self) await run(process.argv[2]!, process.argv[3]!);
