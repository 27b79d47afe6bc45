/** A real `holdfast serve` in a process of its own, on free ports of the loopback. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const mainFile = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export interface ServerProcess {
  dicomHost: string;
  dicomPort: number;
  url: string;
  process: ChildProcess;
  /** Everything it wrote so far. */
  stdout(): string;
  stderr(): string;
  /** Sends SIGTERM and gives the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

const running = new Set<ChildProcess>();

/** For `afterEach`: a test that failed leaves no server behind. */
export function killServers(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** The key file lies beside the data folder. @throws when it ends before it is ready, with what it wrote. */
export async function startServer(
  data: string,
  options: string[] = [],
  variables: NodeJS.ProcessEnv = {},
  command: string[] = ["serve"],
): Promise<ServerProcess> {
  const words = [
    ...command,
    "--data",
    data,
    "--dicom-port",
    "0",
    "--http-port",
    "0",
    "--log-level",
    "warn",
    ...options,
  ];
  const child = spawn(process.execPath, [mainFile, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: join(data, ".."),
    env: { ...process.env, XDG_CONFIG_HOME: join(data, "..", "config"), ...variables },
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  let [stdout, stderr] = ["", ""];
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdout.setEncoding("utf8");
  const ended = once(child, "exit");
  const ready = new Promise<RegExpExecArray>((resolve) => {
    child.stdout.on("data", (text: string) => {
      stdout += text;
      const match = /^ready dicom=(.+):(\d+) http=(\S+)$/m.exec(stdout);
      if (match) resolve(match);
    });
  });
  const match = await Promise.race([ready, ended.then(() => undefined)]);
  if (!match) throw new Error(`holdfast serve ended with ${child.exitCode}: ${stderr}`);
  return {
    dicomHost: match[1]!,
    dicomPort: Number(match[2]),
    url: match[3]!,
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      return child.exitCode;
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
