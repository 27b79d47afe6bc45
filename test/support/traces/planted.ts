/** A server that leaks where it is told to, for traces.test.ts: what was stored comes out in a log, a metric or an error. */
import { once } from "node:events";
import pino from "pino";
import { Gauge, Registry } from "prom-client";
import { HoldfastError } from "../../../src/core/index.ts";
import { openGate } from "../../../src/gate/testing/index.ts";
import { createHttpServer } from "../../../src/http/index.ts";
import { MemoryArchive } from "../../../src/http/testing/memory-archive.ts";
import { makeObject } from "../made-object.ts";
import { markPrivate } from "./traces.ts";

const leak = process.argv[2];
const patient = "QUIRK-4711";
const { studyUid } = makeObject({ patient });
markPrivate("open sesame, please");

const archive = new MemoryArchive();
const log = pino({ level: "warn", base: null }, { write() {} });
const registry = new Registry();
const server = await createHttpServer({
  archive,
  gate: await openGate(archive, { strangers: "loopback" }),
  log,
  registry,
  status: () => ({ version: "0", startedAt: 0 }),
});
const url = await server.listen({ host: "127.0.0.1", port: 0 });
await (await fetch(`${url}/no/such/route`)).arrayBuffer();
log.warn({ code: "gate/role" }, leak === "logs" ? `denied to read ${patient}` : "denied");
if (leak === "metrics")
  new Gauge({ name: "planted", help: "Planted.", labelNames: ["study"], registers: [registry] }).set(
    { study: studyUid },
    1,
  );
if (leak === "errors") new HoldfastError("request/not-found", "Nobody is called Test%5EQUIRK-4711.");
if (leak === "secrets") log.error({ password: "open sesame, please" }, "a login failed");
server.server.unref();
await Promise.all([once(server.server, "close"), server.close()]);
