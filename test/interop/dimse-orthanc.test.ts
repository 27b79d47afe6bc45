/** Orthanc and the archive, each as SCU and as SCP of the other, storage commitment both ways. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { associate, DestinationSender, echo, type RetrievedItem, sopClasses } from "../../src/dimse/index.ts";
import { makeObject } from "../support/made-object.ts";
import { need } from "../support/need.ts";
import { fill, startArchive } from "./dimse-archive.ts";
import { eventually, freePort, startOrthanc, temporaryFolder } from "./dimse-tools.ts";

const objects = [1, 2, 3, 4].map((instance) => makeObject({ study: 7, instance, patient: "ORTHANC1" }));
const [studyUid] = objects.map((object) => object.studyUid);
const explicit = "1.2.840.10008.1.2.1";

interface Report {
  Status: string;
  Success?: { SOPInstanceUID: string }[];
  Failures?: { SOPInstanceUID: string; FailureReason: number }[];
}

async function both() {
  const folder = temporaryFolder();
  const port = await freePort();
  const commitment = { grace: 300, retries: [0, 200] };
  const running = await startArchive({ peers: [{ aeTitle: "ORTHANC", host: "127.0.0.1", port }], commitment });
  const orthanc = await startOrthanc(folder.path, port, running.port);
  return {
    running,
    orthanc,
    async [Symbol.asyncDispose]() {
      await orthanc[Symbol.asyncDispose]();
      await running[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

const sorted = (uids: string[]): string[] => [...uids].sort();
const uids = sorted(objects.map((object) => object.sopInstanceUid));

test("Orthanc as SCU: echo, store, query, retrieve, storage commitment", { skip: need("Orthanc") }, async () => {
  await using pair = await both();
  const { orthanc, running } = pair;
  await orthanc.rest("/modalities/holdfast/echo", {});
  const ids: string[] = [];
  for (const object of objects) ids.push((await orthanc.rest<{ ID: string }>("/instances", object.file)).ID);
  const sent = await orthanc.rest<{ FailedInstancesCount: number; InstancesCount: number }>(
    "/modalities/holdfast/store",
    ids,
  );
  assert.deepEqual([sent.InstancesCount, sent.FailedInstancesCount], [objects.length, 0]);
  assert.equal((await running.archive.statistics()).instances, objects.length);

  const query = { Level: "Study", Query: { PatientID: "ORTH*", StudyInstanceUID: "" } };
  const { ID } = await orthanc.rest<{ ID: string }>("/modalities/holdfast/query", query);
  const answers = await orthanc.rest<string[]>(`/queries/${ID}/answers`);
  assert.equal(answers.length, 1);
  const answer = await orthanc.rest<Record<string, { Value: string }>>(`/queries/${ID}/answers/0/content`);
  assert.equal(answer["0020,000d"]?.Value, studyUid);

  const asked = objects.map((object) => ({ SOPClassUID: object.sopClassUid, SOPInstanceUID: object.sopInstanceUid }));
  const missing = { SOPClassUID: objects[0]!.sopClassUid, SOPInstanceUID: "1.2.3.4" };
  const misfit = { SOPClassUID: "1.2.840.10008.5.1.4.1.1.4", SOPInstanceUID: objects[0]!.sopInstanceUid };
  const commit = async (references: object[]): Promise<Report> => {
    const { Path } = await orthanc.rest<{ Path: string }>("/modalities/holdfast/storage-commitment", {
      DicomInstances: references,
    });
    return eventually(
      () => orthanc.rest<Report>(Path),
      (report) => report.Status !== "Pending",
    );
  };
  const good = await commit(asked);
  assert.equal(good.Status, "Success", JSON.stringify(good));
  assert.deepEqual(sorted(good.Success!.map((each) => each.SOPInstanceUID)), uids);
  const bad = await commit([...asked.slice(1), missing, misfit]);
  assert.equal(bad.Status, "Failure");
  assert.deepEqual(bad.Failures!.map((each) => each.FailureReason).sort(), [0x0112, 0x0119]);

  for (const id of ids) await orthanc.remove(`/instances/${id}`);
  await orthanc.rest(`/queries/${ID}/retrieve`, { TargetAet: "ORTHANC", Synchronous: true });
  assert.equal((await orthanc.rest<string[]>("/instances")).length, objects.length);
});

test("Orthanc as SCP: echo, store, storage commitment", { skip: need("Orthanc") }, async () => {
  await using pair = await both();
  const { orthanc, running } = pair;
  const contexts = [{ abstractSyntax: sopClasses.verification, transferSyntaxes: [explicit] }];
  const peer = { aeTitle: "ORTHANC", host: "127.0.0.1", port: orthanc.port };
  const association = await associate({ ...peer, calledAeTitle: "ORTHANC", callingAeTitle: "HOLDFAST", contexts });
  assert.deepEqual(await echo(association), { status: 0 });
  await association.release();

  await fill(running.port, objects);
  const refs = await running.archive.resolve({ studyUid: [studyUid!] });
  const items: RetrievedItem[] = refs.map((ref) => ({
    ...ref,
    size: ref.dataSetSize,
    dataSet: () => running.archive.open(ref).dataSet(),
  }));
  const sender = new DestinationSender({ items, destination: peer }, { callingAeTitle: "HOLDFAST" });
  for (const item of items) assert.deepEqual(await sender.send(item), { status: 0 });
  await sender.close();
  assert.equal((await orthanc.rest<string[]>("/instances")).length, objects.length);

  const references = objects.map(({ sopClassUid, sopInstanceUid }) => ({ sopClassUid, sopInstanceUid }));
  const missing = { sopClassUid: objects[0]!.sopClassUid, sopInstanceUid: "1.2.3.4" };
  const result = await running.service.requestCommitment(
    "ORTHANC",
    { transactionUid: "2.25.77", references: [...references, missing] },
    20_000,
  );
  assert.deepEqual(sorted(result.committed.map((each) => each.sopInstanceUid)), uids);
  assert.deepEqual(result.failed, [{ ...missing, reason: 0x0112 }]);
});
