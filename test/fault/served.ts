/** `holdfast serve` as a child process on loopback, as an operator runs it. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export interface Served {
  child: ChildProcess;
  dicomPort: number;
  url: string;
  /** What it wrote to standard error. */
  log(): string;
  /** Resolves with the exit code or signal. */
  ended: Promise<number | string>;
}

export interface ServeSettings {
  folder: string;
  /** Put before `node`: strace and its options. */
  wrapper?: string[];
  parameters?: string[];
  environment?: Record<string, string>;
}

/** Resolves when both ports listen; rejects when the process ends before. Data and key lie in `folder`. */
export async function serve(settings: ServeSettings): Promise<Served> {
  const { folder, wrapper = [], parameters = [] } = settings;
  const command = [
    ...wrapper,
    process.execPath,
    main,
    "serve",
    "--data",
    join(folder, "data"),
    "--dicom-port",
    "0",
    "--http-port",
    "0",
    ...parameters,
  ];
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, HOLDFAST_KEY_FILE: join(folder, "key.json"), ...settings.environment },
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log = (log + chunk).slice(-20_000);
  });
  const ended = new Promise<number | string>((resolve) =>
    child.once("exit", (code, signal) => resolve(code ?? signal ?? -1)),
  );
  for await (const line of createInterface(child.stdout)) {
    const match = /^ready dicom=[^:]+:(\d+) http=(\S+)$/.exec(line);
    if (match) return { child, dicomPort: Number(match[1]), url: match[2]!, log: () => log, ended };
  }
  throw new Error(`serve ended (${await ended}) before it was ready: ${log}`);
}
