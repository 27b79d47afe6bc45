/** Child processes of the bench: started, awaited, measured, stopped by their own process id. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export const installed = (program: string): string | undefined =>
  ["/usr/bin", "/usr/sbin", "/usr/local/bin"].map((folder) => `${folder}/${program}`).find(existsSync);

export class Service {
  readonly child: ChildProcess;

  constructor(command: string, parameters: string[], cwd: string, env: NodeJS.ProcessEnv) {
    this.child = spawn(command, parameters, { cwd, env, stdio: ["ignore", "ignore", "ignore"] });
  }

  /** Until the port takes connections. */
  async listening(port: number): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      if (await accepts(port)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`nothing listens on ${port}`);
  }

  /** Largest resident set so far, MiB. */
  peakMemory(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    await ended;
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** Runs a script of this folder to its end and reads the JSON it prints. */
export function runScript<T>(name: string, parameters: (string | number)[]): Promise<T> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(name, import.meta.url)), ...parameters.map(String)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => (code === 0 ? resolve(JSON.parse(text) as T) : reject(new Error(`${name} failed`))));
  });
}
