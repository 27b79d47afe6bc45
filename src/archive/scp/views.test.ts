import assert from "node:assert/strict";
import { test } from "node:test";
import { fill, send, startArchive } from "../../../test/interop/dimse-archive.ts";
import { makeObject } from "../../../test/support/made-object.ts";
import { type AccessEvent, rfc3339 } from "../../core/index.ts";
import { DataSet, tagOf } from "../../dicom/index.ts";
import { type Association, associate, find, get, sopClasses, statuses } from "../../dimse/index.ts";
import type { OpenArchive } from "../open-archive.ts";

const object = makeObject();

function call(port: number, calledAeTitle: string): Promise<Association> {
  return associate({
    host: "127.0.0.1",
    port,
    calledAeTitle,
    callingAeTitle: "PEER",
    contexts: [sopClasses.studyRootFind, sopClasses.studyRootGet, object.sopClassUid].map((abstractSyntax) => ({
      abstractSyntax,
      transferSyntaxes: ["1.2.840.10008.1.2.1"],
    })),
    roles: [{ sopClassUid: object.sopClassUid, scu: true, scp: true }],
  });
}

const identifier = new DataSet()
  .set(tagOf("QueryRetrieveLevel"), "CS", "STUDY")
  .set(tagOf("StudyInstanceUID"), "UI", object.studyUid);

/** Retrieve AE Titles of what C-FIND finds, and how many instances C-GET offers. */
async function seen(port: number, calledAeTitle: string): Promise<{ found: string[]; offered: number }> {
  const association = await call(port, calledAeTitle);
  const found: string[] = [];
  for await (const match of find(association, { sopClassUid: sopClasses.studyRootFind, identifier }))
    found.push(match.string(tagOf("RetrieveAETitle")) ?? "");
  let offered = 0;
  const progress = get(association, { sopClassUid: sopClasses.studyRootGet, identifier });
  for (let step = await progress.next(); ; step = await progress.next()) {
    const { completed = 0, failed = 0, remaining = 0 } = step.value;
    offered = Math.max(offered, completed + failed + remaining);
    if (step.done) break;
  }
  await association.release();
  return { found, offered };
}

test("a view shows what a deletion hid since, answers with its own title, and takes nothing in", async () => {
  const hour = 3_600_000;
  const moment = { at: 0 };
  await using running = await startArchive({
    views: [
      { aeTitle: "BEFORE", moment },
      { aeTitle: "LONGAGO", moment: { ago: 24 * hour } },
    ],
  });
  await fill(running.port, [object]);
  await running.archive.flush();
  const [stored] = await running.archive.versions(object.sopInstanceUid);
  moment.at = stored!.storedAt;
  while (Date.now() <= stored!.storedAt) await new Promise((resolve) => setTimeout(resolve, 1));
  const context = { actor: {}, src: {}, protocol: "internal", operation: "test" };
  await running.archive.delete(context, { studyUid: [object.studyUid] });
  assert.deepEqual(await seen(running.port, "HOLDFAST"), { found: [], offered: 0 });
  assert.deepEqual(await seen(running.port, "BEFORE"), { found: ["BEFORE"], offered: 1 });
  assert.deepEqual(await seen(running.port, "LONGAGO"), { found: [], offered: 0 });
  const association = await call(running.port, "BEFORE");
  assert.equal(await send(association, makeObject({ instance: 2 })), statuses.notAuthorized);
  await association.release();
  await assert.rejects(call(running.port, "NOWHERE"), { detail: "1/1/7" });
});

test("what was erased is found, and no view of any time gives it: the retrieval says that it cannot", async () => {
  const moment = { at: 0 };
  await using running = await startArchive({ views: [{ aeTitle: "BEFORE", moment }] });
  await fill(running.port, [object]);
  await running.archive.flush();
  const [stored] = await running.archive.versions(object.sopInstanceUid);
  moment.at = stored!.storedAt;
  const event: AccessEvent = {
    time: rfc3339(Date.now()),
    activity: "admin",
    status: "success",
    protocol: "internal",
    operation: "test",
    actor: {},
    src_endpoint: {},
  };
  await (running.archive as OpenArchive).keeping.exchange(event, { of: "patient", tenant: "default", patientId: "P1" });
  for (const title of ["HOLDFAST", "BEFORE"]) {
    const association = await call(running.port, title);
    const progress = get(association, { sopClassUid: sopClasses.studyRootGet, identifier });
    let last = await progress.next();
    while (!last.done) last = await progress.next();
    assert.deepEqual([last.value.status, last.value.completed ?? 0], [statuses.unableToPerformSubOperations, 0], title);
    await association.release();
  }
});
