/**
 * An archive with a past: four weeks of ordinary work in its journal, a hundred objects of that time and some of today, and
 * everybody registered. The past is this bench's own and regular; what it proves is the loop from act to gate, not how good
 * the engine is among real people (that is bench/behaviour).
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { type OpenArchive, openArchive } from "../../src/archive/index.ts";
import { adminEvent, type Change, Gate, local } from "../../src/gate/index.ts";
import { MemoryArchive } from "../../src/http/testing/memory-archive.ts";
import { type MadeObject, makeObject } from "../../test/support/made-object.ts";
import { history } from "./history.ts";
import { perStudy, pixelBytes, soundObject, studies } from "./scenario.ts";

export interface Prepared {
  data: string;
  keyFile: string;
  tokens: Record<"vendor" | "physicist" | "viewer", string>;
  ids: Record<"vendor" | "physicist" | "viewer", string>;
  /** Where C-MOVE of the attackers goes. */
  ports: Record<"vendor" | "physicist", number>;
  /** What is attacked: nobody has asked for it since it was stored. */
  objects: MadeObject[];
  /** What is worked on. */
  today: MadeObject[];
}

const hour = 3_600_000;
const by: Change = { by: local(), protocol: "cli", operation: "bench" };

/** @param days of the past */
export async function prepare(folder: string, days = 28): Promise<Prepared> {
  const [data, keyFile] = [join(folder, "data"), join(folder, "key.json")];
  // Registered aside first: the journal must begin with the past, since the engine takes time only forwards.
  const aside = new MemoryArchive();
  const gate = await Gate.open({ store: aside, clock: Date.now, random: randomBytes, strangers: "nobody" });
  const ports = { vendor: await freePort(), physicist: await freePort() };
  await registerPeers(gate, ports);
  const { ids, tokens } = await registerKeys(gate);
  await gate.grants.openVendorSession(
    {
      vendor: "acme",
      principals: ["peer:VENDOR1", ids.vendor],
      reason: "agreed maintenance",
      hosts: ["127.0.0.1"],
      tenants: ["default"],
      until: Date.now() + 24 * hour,
    },
    by,
  );
  let past = Date.now() - (days + 1) * 24 * hour; // also the archive's own first entry lies there
  await using archive = await openArchive({ dataFolder: data, keyFile, now: () => past });
  const objects = Array.from({ length: studies * perStudy }, (_, index) => soundObject(index));
  for (const object of objects) {
    await store(archive, object);
    past += 10_000;
  }
  await archive.flush();
  for (const event of history(ids, Date.now(), days)) archive.record(event);
  await archive.flush();
  past = Date.now();
  const today = Array.from({ length: 10 }, (_, study) =>
    makeObject({ patient: `T${study}`, study: 500 + study, pixels: pixelBytes }),
  );
  for (const object of today) await store(archive, object);
  for (const collection of ["peers", "keys", "vendor-sessions"]) {
    const changes = [...(await aside.settings(collection))].map(([key, value]) => ({ collection, key, value }));
    await archive.change(adminEvent(by, Date.now()), changes);
  }
  return { data, keyFile, tokens, ids, ports, objects, today };
}

async function registerPeers(gate: Gate, ports: Prepared["ports"]): Promise<void> {
  const peer = { tenant: "default", addresses: ["127.0.0.1"] };
  const put = (aeTitle: string, role: "modality" | "linac" | "workstation", more: object = {}) =>
    gate.peers.put({ ...peer, aeTitle, role, ...more }, by);
  await put("CT1", "modality");
  await put("LINAC1", "linac", { critical: true });
  await put("VIEW1", "workstation");
  await put("TPS1", "workstation", { host: "127.0.0.1", port: ports.physicist });
  await put("VENDOR1", "workstation", { vendor: "acme", host: "127.0.0.1", port: ports.vendor });
}

async function registerKeys(gate: Gate): Promise<Pick<Prepared, "ids" | "tokens">> {
  const expiresAt = Date.now() + 30 * 24 * hour;
  const key = async (name: string, role: string, scopes: string[], vendor?: string) => {
    const asked = { name, role, scopes, tenant: "default", expiresAt, ...(vendor ? { vendor } : {}) };
    const { key: made, token } = await gate.keys.add(asked as never, by);
    return { id: `key:${made.id}`, token: token! };
  };
  const imaging = ["query", "retrieve", "store", "delete"];
  const vendor = await key("vendor", "vendor", imaging, "acme");
  const physicist = await key("physicist", "physicist", imaging);
  const viewer = await key("viewer", "oncologist", ["query", "retrieve"]);
  return {
    ids: { vendor: vendor.id, physicist: physicist.id, viewer: viewer.id },
    tokens: { vendor: vendor.token, physicist: physicist.token, viewer: viewer.token },
  };
}

async function store(archive: OpenArchive, { file }: MadeObject): Promise<void> {
  const sink = archive.store(contextOf("CT1"), { form: "file" });
  await sink.write(file);
  await sink.end();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

const contextOf = (title: string) => ({
  actor: { app: title },
  src: { ip: "127.0.0.1", ae_title: title },
  protocol: "dimse" as const,
  operation: "C-STORE",
});
