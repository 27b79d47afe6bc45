/** `holdfast witness`: a stand-alone process that remembers the checkpoints of other archives and cosigns them. */
import type { AddressInfo } from "node:net";
import { isAbsolute, resolve } from "node:path";
import pino from "pino";
import { HoldfastError } from "../../core/index.ts";
import { createWitnessServer } from "../../http/index.ts";
import { layoutOf, readManifest } from "../../vault/index.ts";
import { assertArchive } from "../compose/archive.ts";
import { stopOf } from "../compose/lifetime.ts";
import { listenerTls } from "../compose/tls.ts";
import { openWitness } from "../compose/witnesses.ts";
import { configOf, type Parsed } from "../program/config-options.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { type ExitCode, exit } from "../program/exit.ts";

interface ServeOptions {
  data: string;
  host: string;
  port: number;
  name: string;
  log: string[];
  cert?: string;
  key?: string;
}

/** Prints `ready witness=URL key=VERIFIER` once it listens. */
export async function witnessServe(options: ServeOptions, environment: CommandEnvironment): Promise<ExitCode> {
  const { host, port, name, log: logs, cert, key } = options;
  if ((cert === undefined) !== (key === undefined))
    throw new HoldfastError("config/invalid", "--cert and --key belong together.");
  const log = pino({ level: "info", base: null }, environment.stderr);
  const stop = stopOf(environment);
  using open = await openWitness(resolve(environment.cwd, options.data), name, logs, environment.clock, log);
  const file = (path: string) => (isAbsolute(path) ? path : resolve(environment.cwd, path));
  const tls = cert && key ? listenerTls({ cert: file(cert), key: file(key), clientCertificates: "none" }) : undefined;
  const server = createWitnessServer(open.witness, log, tls);
  await server.listen({ host, port }).catch((cause) => {
    throw new HoldfastError("association/listen", `Port ${port} cannot be listened on.`, { cause });
  });
  const { address, port: bound } = server.server.address() as AddressInfo;
  const place = `${tls ? "https" : "http"}://${address.includes(":") ? `[${address}]` : address}:${bound}`;
  environment.stdout.write(`ready witness=${place} key=${open.key}\n`);
  try {
    await stop.requested;
  } finally {
    await server.close();
  }
  return exit.done;
}

/** The verifier key of an archive's checkpoints: what its witnesses are given. */
export async function logKey(options: Parsed & { json?: boolean }, environment: CommandEnvironment): Promise<ExitCode> {
  const config = await configOf(options, environment);
  await assertArchive(config);
  const { verifier } = (await readManifest(layoutOf(config.data).manifest))!.key;
  environment.stdout.write(options.json ? `${JSON.stringify({ key: verifier })}\n` : `${verifier}\n`);
  return exit.done;
}
