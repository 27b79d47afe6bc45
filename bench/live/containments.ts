/**
 * From the engine's assessment to the gate: many identities touch a canary (an object that nobody has a reason to touch),
 * with real clients, while a modality stores and viewers ask. Devices have their writes held back, accounts are restricted to
 * reading and slowed down, vendors are cut off with all that is theirs.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openArchive } from "../../src/archive/index.ts";
import { Gate, local } from "../../src/gate/index.ts";
import { type Served, serve } from "../../test/fault/served.ts";
import { makeObject } from "../../test/support/made-object.ts";
import { curl, getscu, storescu, wado } from "../attack/clients.ts";

const by = { by: local(), protocol: "cli" as const, operation: "bench" };
const hour = 3_600_000;
const canary = makeObject({ patient: "CANARY", study: 9, pixels: 4_096 });
const policy = fileURLToPath(new URL("../../docs/policies/automatic.json", import.meta.url));

interface Identity {
  id: string;
  kind: "workstation" | "modality" | "account" | "vendor";
  act(served: Served, folder: string): Promise<unknown>;
}

export async function measureContainments(count: number, say: (text: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-containments-"));
  try {
    const { identities, viewer } = await populate(folder, count);
    const config = join(folder, "holdfast.json");
    const canaries = [createHash("sha256").update("CANARY").digest("hex")];
    writeFileSync(config, JSON.stringify({ response: { policy }, behaviour: { canaries } }));
    const served = await serve({ folder, parameters: ["--config", config] });
    try {
      const stop = new AbortController();
      const load = work(served, folder, viewer, stop.signal);
      for (const { act } of identities) await act(served, folder);
      const containments = await contained(served, identities.length);
      stop.abort();
      const operations = await load;
      report(containments, identities, operations, say);
    } finally {
      served.child.kill("SIGTERM");
      await served.ended;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function populate(folder: string, count: number) {
  const place = { dataFolder: join(folder, "data"), keyFile: join(folder, "key.json") };
  await using archive = await openArchive(place);
  const sink = archive.store({ actor: {}, src: {}, protocol: "internal", operation: "bench" }, { form: "file" });
  await sink.write(canary.file);
  await sink.end();
  const gate = await Gate.open({ store: archive, clock: Date.now, random: randomBytes, strangers: "nobody" });
  const identities: Identity[] = [];
  for (let i = 0; i < count; i++) identities.push(await identity(gate, i));
  await gate.peers.put({ aeTitle: "CT1", role: "modality", tenant: "default", addresses: ["127.0.0.1"] }, by);
  const { token } = await gate.keys.add(
    { name: "viewer", role: "oncologist", scopes: ["query"], tenant: "default", expiresAt: Date.now() + hour },
    by,
  );
  return { identities, viewer: token! };
}

async function identity(gate: Gate, i: number): Promise<Identity> {
  const kind = (["workstation", "account", "vendor", "modality"] as const)[i % 4]!;
  if (kind === "workstation" || kind === "modality") {
    const aeTitle = `DEVICE${i}`;
    await gate.peers.put({ aeTitle, role: kind, tenant: "default", addresses: ["127.0.0.1"] }, by);
    const act = ({ dicomPort }: Served, folder: string) =>
      kind === "modality"
        ? overwrite(aeTitle, dicomPort, join(folder, `${aeTitle}.dcm`))
        : getscu(aeTitle, dicomPort, canary.studyUid, folder);
    return { id: `peer:${aeTitle}`, kind, act };
  }
  const vendor = kind === "vendor" ? { vendor: `vendor${i}` } : {};
  const role = kind === "vendor" ? "vendor" : "physicist";
  const asked = { name: `key${i}`, role, scopes: ["query", "retrieve"] as ("query" | "retrieve")[], tenant: "default" };
  const { key, token } = await gate.keys.add({ ...asked, role, ...vendor, expiresAt: Date.now() + hour }, by);
  const id = `key:${key.id}`;
  if (vendor.vendor !== undefined) {
    const session = { principals: [id], hosts: ["127.0.0.1"], tenants: ["default"], until: Date.now() + hour };
    await gate.grants.openVendorSession({ ...session, vendor: vendor.vendor, reason: "agreed work" }, by);
  }
  const act = ({ url }: Served, folder: string) =>
    wado(token!, `${url}/dicom-web/studies/${canary.studyUid}`, join(folder, `taken${i}`));
  return { id: vendor.vendor ?? id, kind, act };
}

/** Other bytes under the same UIDs. */
function overwrite(aeTitle: string, port: number, file: string) {
  const attributes = { SeriesDescription: `by ${aeTitle}` };
  writeFileSync(file, makeObject({ patient: "CANARY", study: 9, pixels: 4_096, attributes }).file);
  return storescu(aeTitle, port, file);
}

/** Everybody else; resolves with the number of their operations. */
async function work({ dicomPort, url }: Served, folder: string, viewer: string, stop: AbortSignal): Promise<number> {
  let operations = 0;
  const loop = async (one: (at: number) => Promise<unknown>) => {
    for (; !stop.aborted; operations++) await one(operations);
  };
  const file = join(folder, "new.dcm");
  writeFileSync(file, makeObject({ patient: "N", study: 1, pixels: 8_192 }).file);
  const headers = { authorization: `Bearer ${viewer}` };
  const ask = (at: number) =>
    fetch(`${url}/dicom-web/studies?PatientID=N${at % 7}`, { headers }).then((answer) => answer.arrayBuffer());
  await Promise.all([
    loop(() => storescu("CT1", dicomPort, file)),
    loop(() => curl(viewer, `${url}/dicom-web/studies?PatientID=N`, "/dev/null")),
    loop(ask),
    loop(ask),
  ]);
  return operations;
}

interface Contained {
  target: { kind: string; id: string };
  action: string;
  since: number;
  assessed?: number;
}

const patience = 30_000;

/** What stands once everybody is contained, or after half a minute. */
async function contained({ url }: Served, identities: number): Promise<Contained[]> {
  const until = Date.now() + patience;
  for (;;) {
    const answer = await fetch(`${url}/api/v1/containments`);
    const { containments } = (await answer.json()) as { containments: Contained[] };
    const whom = new Set(containments.filter(({ target }) => target.kind !== "tenant").map(({ target }) => target.id));
    if (whom.size >= identities || Date.now() > until) return containments;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

function report(
  containments: Contained[],
  identities: Identity[],
  operations: number,
  say: (text: string) => void,
): void {
  const whom = new Set(containments.map(({ target }) => target.id));
  const missing = identities.filter(({ id }) => !whom.has(id));
  const took = containments.flatMap(({ since, assessed }) => (assessed === undefined ? [] : [since - assessed]));
  const sorted = took.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const kinds = Map.groupBy(containments, ({ action }) => action);
  const counts = [...kinds].map(([action, list]) => `${list.length} ${action}`).join(", ");
  say(`${took.length} containments of ${identities.length} identities (${counts}), beside ${operations} operations`);
  say(`assessment to gate: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${sorted.at(-1)} ms (goal 100 ms)`);
  if (missing.length > 0) say(`NOT CONTAINED: ${missing.map(({ kind, id }) => `${kind} ${id}`).join(", ")}`);
}
