/** `holdfast serve`: the archive with its DICOM and HTTP side, until it is told to stop. */
import pino, { type Logger } from "pino";
import { stopOf } from "../compose/lifetime.ts";
import { type RunningServer, startServer } from "../compose/server.ts";
import { type Config, isLoopback } from "../config/index.ts";
import { configOf, type Parsed } from "../program/config-options.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { type ExitCode, exit } from "../program/exit.ts";

/** Prints the ready line once both sides listen. Exit code 0 after a clean stop, 3 when it cannot run or was forced. */
export async function serve(options: Parsed, environment: CommandEnvironment): Promise<ExitCode> {
  const config = await configOf(options, environment);
  const log = pino({ level: config.logLevel, base: null }, environment.stderr);
  warnOfOpenNetwork(config, environment);
  const stop = stopOf(environment);
  const server = await startServer(config, environment, log, stop.fail);
  const { host, port } = server.dicom;
  environment.stdout.write(`ready dicom=${host.includes(":") ? `[${host}]` : host}:${port} http=${server.url}\n`);
  log.info({ dicom: server.dicom, http: server.url, data: config.data }, "serving");
  try {
    await stop.requested;
    log.info("stopping: running operations may end");
  } finally {
    await Promise.race([close(server, log), stop.forced.then(() => forced(log))]);
  }
  return exit.done;
}

async function close(server: RunningServer, log: Logger): Promise<void> {
  await server[Symbol.asyncDispose]();
  log.info("stopped");
}

/** What was acknowledged is durable, so that ending at once loses nothing. */
function forced(log: Logger): never {
  log.warn("stopped at once on a second request");
  process.exit(exit.cannotRun);
}

function warnOfOpenNetwork(config: Config, environment: CommandEnvironment): void {
  if (isLoopback(config.host) || !config.insecureNetwork) return;
  environment.stderr.write(
    `${"*".repeat(78)}\nWARNING: anyone who can reach ${config.host} may read and store patient data here.\n` +
      "insecureNetwork is on: set tls.dicom, tls.http and peers instead (docs/operators.md).\n" +
      `${"*".repeat(78)}\n`,
  );
}
