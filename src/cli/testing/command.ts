/** Runs commands in this process, for tests. */
import { join } from "node:path";
import { Writable } from "node:stream";
import { systemClock } from "../../core/index.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { runCommandLine } from "../program/run.ts";

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export async function runHere(words: string[], cwd: string, more: Partial<CommandEnvironment> = {}): Promise<Ran> {
  const [stdout, stderr] = [new Collected(), new Collected()];
  let ids = 0;
  // The archive looks for its keys where this says; a test must not leave any in the home folder.
  process.env["XDG_CONFIG_HOME"] = join(cwd, "config");
  const code = await runCommandLine(words, {
    stdout,
    stderr,
    cwd,
    variables: { XDG_CONFIG_HOME: join(cwd, "config") },
    clock: systemClock,
    newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, "0")}`,
    onStop: () => () => {},
    ...more,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Collected extends Writable {
  text = "";
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString("utf8");
    done();
  }
}
