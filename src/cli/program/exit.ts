/** Exit codes are part of the contract: scripts act on them. */
import { type ErrorCode, HoldfastError } from "../../core/index.ts";

export const exit = {
  done: 0,
  /** The command ran, and the answer is no: verification failed, files were refused. */
  no: 1,
  usage: 2,
  cannotRun: 3,
} as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

const usageCodes: ErrorCode[] = ["config/invalid", "request/invalid"];

export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof HoldfastError && usageCodes.includes(error.code) ? exit.usage : exit.cannotRun;
}
