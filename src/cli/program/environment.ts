/** What a command takes from the process it runs in; tests bring their own. */
import { randomUUID } from "node:crypto";
import type { Writable } from "node:stream";
import { type Clock, systemClock } from "../../core/index.ts";

export interface CommandEnvironment {
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean; columns?: number };
  variables: NodeJS.ProcessEnv;
  cwd: string;
  clock: Clock;
  /** A new identifier, for sessions. */
  newId(): string;
  /** Calls back at each request to stop (SIGINT, SIGTERM); the returned function unsubscribes. */
  onStop(callback: () => void): () => void;
}

export function processEnvironment(): CommandEnvironment {
  // A reader that went away (`holdfast … | head`) ends the command quietly.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      throw error;
    });
  }
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    variables: process.env,
    cwd: process.cwd(),
    clock: systemClock,
    newId: randomUUID,
    onStop(callback) {
      const signals = ["SIGINT", "SIGTERM"] as const;
      for (const signal of signals) process.on(signal, callback);
      return () => {
        for (const signal of signals) process.off(signal, callback);
      };
    },
  };
}
