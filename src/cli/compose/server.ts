/** The composition root of `serve`: archive, DICOM side and HTTP side, opened in this order and closed in the reverse. */
import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { collectDefaultMetrics, Registry } from "prom-client";
import { forgetEarly, type OpenArchive } from "../../archive/index.ts";
import { codeOf, HoldfastError } from "../../core/index.ts";
import { createHttpServer, type ServerStatus } from "../../http/index.ts";
import type { Config } from "../config/index.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { version } from "../program/version.ts";
import { openConfigured } from "./archive.ts";
import { startArriving } from "./arriving.ts";
import { liveBehaviour } from "./behaviour.ts";
import { watchCopies } from "./copies.ts";
import { dicomService } from "./dicom.ts";
import { assertKnown, openGate } from "./gate.ts";
import { keepKeySettled } from "./keys.ts";
import { startMirror } from "./mirror.ts";
import { replicasAfter, startReplicas } from "./replicas.ts";
import { startResponse } from "./response.ts";
import { listenerTls } from "./tls.ts";
import { followTreatment } from "./treatment.ts";
import { joinResponse } from "./watch.ts";
import { configuredWitness, startWitnesses } from "./witnesses.ts";

/** How long running operations may take to end, ms. */
const drainTime = 20_000;

export interface RunningServer extends AsyncDisposable {
  archive: OpenArchive;
  dicom: { host: string; port: number };
  url: string;
}

/** Both listen, or nothing is left open. `onFault`: the archive ended by itself. */
export async function startServer(
  config: Config,
  environment: CommandEnvironment,
  log: Logger,
  onFault: (error: HoldfastError) => void,
): Promise<RunningServer> {
  await using stack = new AsyncDisposableStack();
  const arriving = stack.use(await startArriving(config, environment, log));
  if (!arriving) await forgetEarly(config.data);
  const archive = stack.use(await openConfigured(config, environment, onFault, arriving?.restore));
  void archive.catalogued.then(() => {
    for (const file of archive.setAside)
      log.warn({ file }, "what a broken write had left was set aside; `holdfast verify` says whether it was one");
  });
  const behaviour = stack.use(liveBehaviour(archive, config, log));
  const gate = await openGate(archive, config, environment.clock);
  assertKnown(gate, config);
  const trouble = (code: string) => log.error({ code }, "the list of patients on treatment could not be read");
  stack.use(await followTreatment(archive, gate, trouble));
  const response = await startResponse(archive, gate, config, environment, log);
  stack.use(response);
  stack.defer(joinResponse(behaviour, response.responder, gate, archive, environment.clock));
  const mirror = stack.use(await startMirror(archive, config, environment.clock, log, onFault));
  const shown = mirror?.archive ?? archive;
  const dicom = dicomService(shown, config, gate, log);
  stack.defer(() => dicom.close(drainTime));
  const [dicomAddress] = await listening("dicomPort", config.dicomPort, dicom.listen());
  const status: ServerStatus = {
    version: version(),
    startedAt: environment.clock(),
    dicom: { ...dicomAddress!, aeTitle: config.aeTitle, tls: config.tls.dicom !== undefined, peers: [] },
  };
  const replicate = () => startReplicas(config, archive.keyFile, environment, log);
  const replicas = arriving ? replicasAfter(arriving.restore.done, replicate, config, log) : await replicate();
  stack.defer(() => replicas.stop());
  stack.defer(watchCopies(replicas, config, response.responder, environment.clock, log));
  if (!mirror) stack.defer(keepKeySettled(archive, replicas, log));
  const witnesses = await startWitnesses(config, environment.clock, log);
  stack.defer(() => witnesses.stop());
  const witness = stack.use(await configuredWitness(config, environment.clock, log));
  const http = await createHttpServer({
    archive: shown,
    ...(mirror ? {} : { recovery: archive, mirrored: config.data }),
    gate,
    response: response.responder,
    responseFigures: response.figures,
    dimseFigures: dicom.figures,
    registry: processFigures(),
    log,
    clock: environment.clock,
    newId: environment.newId,
    status: () => ({
      ...status,
      ...(config.replicas.length > 0 ? { replicas: replicas.status() } : {}),
      ...(config.witnesses.length > 0 ? { witnesses: witnesses.status() } : {}),
      ...(mirror ? { mirror: mirror.status() } : {}),
      ...(arriving ? { restore: arriving.status(archive.cataloguing) } : {}),
      dicom: { ...status.dicom!, peers: dicom.associations() },
    }),
    ...(behaviour ? { behaviour } : {}),
    ...(witness ? { witness: witness.witness } : {}),
    ...(config.publicUrl === undefined ? {} : { baseUrl: config.publicUrl }),
    ...(config.tls.http ? { tls: listenerTls(config.tls.http) } : {}),
  });
  stack.defer(() => http.close());
  await listening("httpPort", config.httpPort, http.listen({ host: config.host, port: config.httpPort }));
  const { address, port } = http.server.address() as AddressInfo;
  status.http = { host: address, port, tls: config.tls.http !== undefined };
  const scheme = config.tls.http ? "https" : "http";
  const opened = stack.move();
  return {
    archive,
    dicom: dicomAddress!,
    url: `${scheme}://${address.includes(":") ? `[${address}]` : address}:${port}`,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Processor, memory and event loop of the process, as Prometheus' client libraries name them. */
function processFigures(): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register });
  return register;
}

/** @throws HoldfastError config/invalid naming the option whose port is taken. */
async function listening<T>(option: string, port: number, listen: Promise<T>): Promise<T> {
  try {
    return await listen;
  } catch (error) {
    const system = systemCode(error);
    const why =
      system === "EADDRINUSE" ? "is in use; choose another or stop what uses it" : `cannot be used (${system})`;
    throw new HoldfastError("association/listen", `${option} ${port} ${why}.`, { cause: error });
  }
}

function systemCode(error: unknown): string {
  const cause = error instanceof HoldfastError ? error.cause : error;
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? codeOf(error);
}
