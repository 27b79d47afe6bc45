/**
 * An archive with a past: ten days of ordinary work in its journal, a hundred objects, and everybody registered. The past
 * is this bench's own and regular; what it proves is the loop from act to gate, not how good the engine is among real
 * people (that is bench/behaviour).
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { openArchive } from "../../src/archive/index.ts";
import type { AccessEvent } from "../../src/core/index.ts";
import { adminEvent, type Change, Gate, local } from "../../src/gate/index.ts";
import { MemoryArchive } from "../../src/http/testing/memory-archive.ts";
import { type MadeObject, makeObject } from "../../test/support/made-object.ts";

export interface Prepared {
  data: string;
  keyFile: string;
  tokens: Record<"vendor" | "physicist" | "viewer", string>;
  ids: Record<"vendor" | "physicist" | "viewer", string>;
  objects: MadeObject[];
}

const hour = 3_600_000;
const days = 10;
export const studies = 20;
export const perStudy = 5;
const by: Change = { by: local(), protocol: "cli", operation: "bench" };

export async function prepare(folder: string): Promise<Prepared> {
  const [data, keyFile] = [join(folder, "data"), join(folder, "key.json")];
  // Registered aside first: the journal must begin with the past, since the engine takes time only forwards.
  const aside = new MemoryArchive();
  const gate = await Gate.open({ store: aside, clock: Date.now, random: randomBytes, strangers: "nobody" });
  const peer = { tenant: "default", addresses: ["127.0.0.1"] };
  await gate.peers.put({ ...peer, aeTitle: "CT1", role: "modality" }, by);
  await gate.peers.put({ ...peer, aeTitle: "LINAC1", role: "linac", critical: true }, by);
  await gate.peers.put({ ...peer, aeTitle: "VENDOR1", role: "workstation", vendor: "acme" }, by);
  const expiresAt = Date.now() + 30 * 24 * hour;
  const key = async (name: string, role: string, scopes: string[], vendor?: string) =>
    gate.keys.add({ name, role, scopes, tenant: "default", expiresAt, ...(vendor ? { vendor } : {}) } as never, by);
  const imaging = ["query", "retrieve", "store", "delete"];
  const made = {
    vendor: await key("vendor", "vendor", imaging, "acme"),
    physicist: await key("physicist", "physicist", imaging),
    viewer: await key("viewer", "oncologist", ["query", "retrieve"]),
  };
  const ids = Object.fromEntries(Object.entries(made).map(([name, one]) => [name, `key:${one.key.id}`]));
  const tokens = Object.fromEntries(Object.entries(made).map(([name, one]) => [name, one.token!]));
  await gate.grants.openVendorSession(
    {
      vendor: "acme",
      principals: ["peer:VENDOR1", ids["vendor"]!],
      reason: "agreed maintenance",
      hosts: ["127.0.0.1"],
      tenants: ["default"],
      until: Date.now() + 24 * hour,
    },
    by,
  );
  let past = Date.now() - (days + 1) * 24 * hour; // also the archive's own first entry lies there
  await using archive = await openArchive({ dataFolder: data, keyFile, now: () => past });
  const objects: MadeObject[] = [];
  for (let study = 1; study <= studies; study++)
    for (let instance = 1; instance <= perStudy; instance++)
      objects.push(makeObject({ patient: `P${study}`, study, instance, pixels: 8192 }));
  for (const object of objects) {
    const sink = archive.store(contextOf("CT1"), { form: "file" });
    await sink.write(object.file);
    await sink.end();
    past += 10_000;
  }
  await archive.flush();
  for (const event of history(ids as Prepared["ids"], Date.now())) archive.record(event);
  await archive.flush();
  past = Date.now();
  for (const collection of ["peers", "keys", "vendor-sessions"]) {
    const changes = [...(await aside.settings(collection))].map(([key, value]) => ({ collection, key, value }));
    await archive.change(adminEvent(by, Date.now()), changes);
  }
  return { data, keyFile, tokens: tokens as Prepared["tokens"], ids: ids as Prepared["ids"], objects };
}

const contextOf = (title: string) => ({
  actor: { app: title },
  src: { ip: "127.0.0.1", ae_title: title },
  protocol: "dimse" as const,
  operation: "C-STORE",
});

/** Every hour the modality stores a study, the viewer and the physicist work; the vendor looks in at noon. */
function* history(ids: Prepared["ids"], now: number): Generator<AccessEvent> {
  const start = Math.floor(now / hour) * hour - days * 24 * hour;
  for (let at = 0; at < days * 24; at++) {
    const time = start + at * hour;
    const patient = (offset: number) => `H${(at * 7 + offset) % 400}`;
    for (let i = 0; i < 40; i++) {
      const each = [time + i * 450, `H${at}`, `1.2.3.${at}`, i] as const;
      yield { ...dimse("CT1", "associate", "A-ASSOCIATE", ...each), resources: [] };
      yield dimse("CT1", "create", "C-STORE", ...each);
      yield { ...dimse("CT1", "release", "A-RELEASE", ...each), resources: [] };
    }
    for (let i = 0; i < 40; i++) {
      const query = web(ids.viewer, "oncologist", "query", "QIDO-RS", time + 60_000 + i * 450, patient(i));
      yield { ...query, query: { level: "study", keys: { StudyInstanceUID: `1.2.3.${i}` } }, resources: [] };
    }
    for (let i = 0; i < 10; i++) yield operator(time + 80_000 + i * 50);
    yield dimse("LINAC1", "read", "C-GET", time + 400_000, patient(1), `1.2.3.${at % 50}`, 1);
    for (let i = 0; i < 4; i++)
      yield web(ids.physicist, "physicist", "read", "WADO-RS", time + 600_000 + i * 20_000, patient(i));
    yield web(ids.physicist, "physicist", "create", "STOW-RS", time + 700_000, patient(2));
    if (at % 6 === 0) yield web(ids.physicist, "physicist", "update", "STOW-RS", time + 800_000, patient(2));
    if (at % 24 === 12)
      for (let i = 0; i < 3; i++) {
        yield web(ids.vendor, "vendor", "read", "WADO-RS", time + 900_000 + i * 9_000, patient(i), "acme");
        yield {
          ...dimse("VENDOR1", "read", "C-GET", time + 950_000 + i * 9_000, patient(i), "1.2.3.4", 1),
          actor: { app: "VENDOR1", vendor: "acme" },
        };
      }
  }
}

/** The operator on this machine looks at the figures. */
const operator = (time: number): AccessEvent => ({
  time: new Date(time).toISOString(),
  activity: "admin",
  status: "success",
  protocol: "api",
  operation: "GET /containments",
  actor: { app: "node" },
  src_endpoint: { ip: "127.0.0.1" },
});

function dimse(
  title: string,
  activity: AccessEvent["activity"],
  operation: string,
  time: number,
  patient: string,
  study: string,
  i: number,
): AccessEvent {
  return {
    time: new Date(time).toISOString(),
    activity,
    status: "success",
    protocol: "dimse",
    operation,
    actor: { app: title },
    src_endpoint: { ip: "127.0.0.1", ae_title: title },
    resources: [
      { level: "instance", patient_id: patient, study_uid: study, sop_instance_uid: `${study}.${i}`, modality: "CT" },
    ],
    count: { objects: 1 },
    duration: 5,
  };
}

function web(
  id: string,
  role: string,
  activity: AccessEvent["activity"],
  operation: string,
  time: number,
  patient: string,
  vendor?: string,
): AccessEvent {
  return {
    time: new Date(time).toISOString(),
    activity,
    status: "success",
    protocol: "dicomweb",
    operation,
    actor: { app: "curl", user: { name: id, type: vendor ? "vendor" : "person", role }, ...(vendor ? { vendor } : {}) },
    src_endpoint: { ip: "127.0.0.1" },
    resources: [{ level: "study", patient_id: patient, study_uid: `1.2.3.${patient.slice(1)}` }],
    count: { objects: 1 },
    traffic: { bytes_out: 10_000 },
    duration: 5,
  };
}
