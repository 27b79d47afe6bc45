/**
 * Patients on treatment: the archive tells them by their plans and treatment records, and containment of those who treat does
 * not hide them, over DIMSE and HTTP. Nobody gets a patient onto the list, or off it, for a purpose.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type OpenArchive, openArchive } from "../../../src/archive/index.ts";
import { dimseGate } from "../../../src/archive/scp/index.ts";
import { DataSet, tagOf } from "../../../src/dicom/index.ts";
import { type Association, find, sopClasses, statuses } from "../../../src/dimse/index.ts";
import type { Gate } from "../../../src/gate/index.ts";
import { clinicOf } from "../../../src/response/index.ts";
import { connect, startArchive } from "../../interop/dimse-archive.ts";
import { byLocal, containment, openGate } from "../../support/gate.ts";
import { start } from "../../support/gate-server.ts";
import { type MadeObject, makeObject, type ObjectPlan } from "../../support/made-object.ts";

const day = 86_400_000;
const rt = (last: number): string => `1.2.840.10008.5.1.4.1.1.481.${last}`;
const plan = (patient: string, study: number, more: Partial<ObjectPlan> = {}): MadeObject =>
  makeObject({ ...{ patient, study, pixels: 0, sopClassUid: rt(5), attributes: { Modality: "RTPLAN" } }, ...more });
const record = (patient: string, study: number): MadeObject =>
  plan(patient, study, { instance: 2, series: 2, sopClassUid: rt(4), attributes: { Modality: "RTRECORD" } });

async function put(archive: Pick<OpenArchive, "store">, object: MadeObject): Promise<void> {
  const sink = archive.store({ actor: {}, src: {}, protocol: "api", operation: "STOW-RS" }, { form: "file" });
  await sink.write(object.file);
  assert.ok((await sink.end()).ok);
}

async function refresh(gate: Gate, archive: unknown): Promise<void> {
  gate.onTreatment.replace(await (archive as OpenArchive).patientsOnTreatment());
}

test("who has a recent plan or record is on treatment, in each clinic; a deletion takes nobody off the list", async (t) => {
  const base = await mkdtemp(join(tmpdir(), "holdfast-treatment-"));
  t.after(() => rm(base, { recursive: true }));
  let now = Date.now();
  const place = { dataFolder: join(base, "data"), keyFile: join(base, "key.json") };
  await using archive = await openArchive({ ...place, now: () => now });
  for (const object of [plan("PLANNED", 1), record("RECORDED", 2), makeObject({ patient: "IMAGED", study: 4 })])
    await put(archive, object);
  await put(archive.tenant("north"), plan("NORTH", 3));
  const listed = async () =>
    (await archive.patientsOnTreatment())
      .map(({ tenant, patientId, ...signs }) => [tenant, patientId, ...Object.keys(signs)].join())
      .sort();
  const all = ["default,PLANNED,plan", "default,RECORDED,record", "north,NORTH,plan"];
  assert.deepEqual(await listed(), all);
  const { studyUid } = plan("", 1);
  await archive.delete({ actor: {}, src: {}, protocol: "api", operation: "DELETE" }, { studyUid: [studyUid] });
  assert.deepEqual(await listed(), all);
  now += 22 * day;
  assert.deepEqual(await listed(), [all[0], all[2]], "three weeks after the last record");
  now += 49 * day;
  assert.deepEqual(await listed(), [], "ten weeks after the plan");
});

/** One patient on treatment and one who is not. */
async function fillClinic(archive: Pick<OpenArchive, "store">): Promise<void> {
  for (const object of [plan("TREATED", 1), record("TREATED", 1), makeObject({ patient: "OTHER", study: 2 })])
    await put(archive, object);
}

test("HTTP: whoever treats reads patients on treatment while refused or slowed down, and nobody else's", async (t) => {
  const running = await start(t);
  const { archive, gate, call } = running;
  await fillClinic(archive);
  const treats = await running.keyOf("physicist");
  const vendor = await running.keyOf("vendor");
  await refresh(gate, archive);
  assert.equal(clinicOf(gate).knowsPatientsOnTreatment, true);
  const [treated, other] = [plan("", 1).studyUid, plan("", 2).studyUid];
  const ask = async (headers: Record<string, string>, path: string) =>
    (await call("GET", `/dicom-web/${path}`, headers)).status;
  const metadata = (study: string) => `studies/${study}/metadata`;
  const since = Date.now() + 1_000;
  for (const name of ["physicist", "vendor"]) {
    const [key] = gate.keys.all().filter((one) => one.name === name);
    const target = { kind: "principal", id: `key:${key!.id}` } as const;
    gate.containments.apply(containment(name, { target, action: "refuse", since }));
  }
  assert.equal(await ask(treats, metadata(treated)), 200);
  assert.equal(await ask(treats, "studies?PatientID=TREATED"), 200);
  for (const path of [metadata(other), "studies", "studies?PatientID=OTHER", "studies?PatientID=TREATED*"])
    assert.equal(await ask(treats, path), 403, path);
  assert.equal(await ask(vendor, metadata(treated)), 403, "not those who do not treat");
  gate.containments.release("physicist");
  const [key] = gate.keys.all().filter((one) => one.name === "physicist");
  const slow = {
    target: { kind: "principal", id: `key:${key!.id}` } as const,
    action: "rate-limit",
    perMinute: 2,
  } as const;
  gate.containments.apply(containment("slow", { ...slow, since }));
  const reads = [];
  for (let i = 0; i < 4; i++) reads.push(await ask(treats, metadata(treated)));
  for (let i = 0; i < 3; i++) reads.push(await ask(treats, metadata(other)));
  assert.deepEqual(reads, [200, 200, 200, 200, 200, 200, 429]);
  gate.containments.apply(containment("slow", { ...slow, since: Date.now() - day }));
  assert.equal(await ask(treats, metadata(treated)), 429, "a plan that was stored after the containment frees nobody");
});

async function countOf(association: Association, patient: string): Promise<number | string> {
  const identifier = new DataSet()
    .set(tagOf("QueryRetrieveLevel"), "CS", "STUDY")
    .set(tagOf("PatientID"), "LO", patient);
  const found = find(association, { sopClassUid: sopClasses.studyRootFind, identifier });
  for (let count = 0; ; count++) {
    const { done, value } = await found.next();
    if (done) return (value as { status: number }).status === statuses.notAuthorized ? "refused" : count;
  }
}

test("DIMSE: a linac that is refused still associates, and finds patients on treatment alone", async () => {
  let gate!: Gate;
  let opened!: unknown;
  await using running = await startArchive(async (archive) => {
    opened = archive;
    gate = await openGate(archive);
    for (const [aeTitle, role] of [
      ["LINAC1", "linac"],
      ["VIEW1", "workstation"],
    ] as const)
      await gate.peers.put({ aeTitle, role, tenant: "default", addresses: ["127.0.0.1"] }, byLocal);
    return { gate: dimseGate(gate) };
  });
  await fillClinic(running.archive);
  await refresh(gate, opened);
  const since = Date.now() + 1_000;
  for (const id of ["peer:LINAC1", "peer:VIEW1"])
    gate.containments.apply(containment(id, { target: { kind: "principal", id }, action: "refuse", since }));
  await assert.rejects(connect(running.port, [], undefined, "VIEW1"), { code: "association/rejected" });
  const linac = await connect(running.port, [], undefined, "LINAC1");
  assert.equal(await countOf(linac, "TREATED"), 1);
  assert.equal(await countOf(linac, "OTHER"), "refused");
  assert.equal(await countOf(linac, ""), "refused");
  await linac.release();
});

test("a list without treatment records is not relied on: the safeguards then keep reading open for all who treat", async (t) => {
  const { archive, gate } = await start(t);
  await gate.users.put({ name: "ann", roles: ["physicist"], tenant: "default" }, byLocal);
  for (const [index, patient] of ["A", "B", "C"].entries()) await put(archive, plan(patient, index + 1));
  await refresh(gate, archive);
  assert.equal(clinicOf(gate).knowsPatientsOnTreatment, false);
  await put(archive, record("A", 1));
  await refresh(gate, archive);
  assert.equal(clinicOf(gate).knowsPatientsOnTreatment, false, "one record is not a clinic's");
  await put(archive, record("B", 2));
  await refresh(gate, archive);
  assert.equal(clinicOf(gate).knowsPatientsOnTreatment, true);
});
