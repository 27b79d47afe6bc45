import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, fill, send, startArchive } from "../../../test/interop/dimse-archive.ts";
import { makeObject } from "../../../test/support/made-object.ts";
import { DataSet, tagOf } from "../../dicom/index.ts";
import {
  type Admission,
  action,
  associate,
  type EventReport,
  echo,
  find,
  rejections,
  sopClasses,
  statuses,
  storageCommitmentInstance,
  store,
} from "../../dimse/index.ts";
import { serve } from "../../dimse/testing/server.ts";
import { type CommitmentResult, readReport, writeRequest } from "./commitment/data.ts";
import { storeStatus } from "./store.ts";

const explicit = "1.2.840.10008.1.2.1";
const mr = "1.2.840.10008.5.1.4.1.1.4";

test("C-STORE: stored once, a duplicate is a success, other bytes a new version", async () => {
  await using running = await startArchive();
  const object = makeObject();
  const changed = makeObject({ attributes: { StudyDescription: "Changed" } });
  const association = await connect(running.port, [object]);
  const sent = [object, object, changed].map((each) => () => send(association, each));
  for (const each of sent) assert.equal(await each(), 0);
  await association.release();
  assert.equal((await running.archive.versions(object.sopInstanceUid)).length, 2);
});

test("C-STORE: what cannot be stored is refused by its status, and the next one goes through", async () => {
  await using running = await startArchive();
  const object = makeObject();
  const association = await connect(running.port, [object, { ...object, sopClassUid: mr }]);
  const truncated = { ...object, dataSet: object.dataSet.subarray(0, object.dataSet.length - 10) };
  const garbage = { ...object, dataSet: Buffer.alloc(2000, 0xaa) };
  assert.equal(await send(association, { ...object, sopClassUid: mr }), statuses.identifierDoesNotMatchSopClass);
  assert.equal(
    await send(association, { ...object, sopInstanceUid: "1.2.3" }),
    statuses.identifierDoesNotMatchSopClass,
  );
  assert.equal(await send(association, truncated), statuses.unableToProcess);
  assert.equal(await send(association, garbage), statuses.unableToProcess);
  assert.equal((await running.archive.statistics()).instances, 0);
  assert.equal(await send(association, object), 0);
  await association.release();
});

test("every code has the status of PS3.4 Table B.2-1", () => {
  const expected = {
    "storage/full": 0xa700,
    "object/mismatch": 0xa900,
    "object/truncated": 0xc000,
    "request/denied": 0x0124,
    "object/sop-class": 0x0122,
    "internal/error": 0x0110,
  } as const;
  for (const [code, status] of Object.entries(expected))
    assert.equal(storeStatus(code as keyof typeof expected), status);
});

test("private SOP classes only where configured; transfer syntaxes as the peer prefers", async () => {
  const offer = (port: number, abstractSyntax: string, transferSyntaxes: string[]) =>
    associate({
      host: "127.0.0.1",
      port,
      calledAeTitle: "HOLDFAST",
      callingAeTitle: "PEER",
      contexts: [{ abstractSyntax, transferSyntaxes }],
    });
  const syntaxOf = async (...asked: Parameters<typeof offer>) => {
    const association = await offer(...asked);
    const [context] = [...association.info.contexts.values()];
    await association.release();
    return context?.transferSyntax;
  };
  const jpegLossless = "1.2.840.10008.1.2.4.70";
  const ct = "1.2.840.10008.5.1.4.1.1.2";
  await using strict = await startArchive();
  await assert.rejects(offer(strict.port, "1.3.46.670589.11.0.0.12.1", [explicit]), { detail: "1/1/1" });
  assert.equal(await syntaxOf(strict.port, ct, ["1.2.3.4", jpegLossless, explicit]), jpegLossless);
  await assert.rejects(offer(strict.port, ct, ["1.2.3.4"]), { detail: "1/1/1" });
  await assert.rejects(offer(strict.port, sopClasses.studyRootFind, [jpegLossless]), { detail: "1/1/1" });
  await using listed = await startArchive({ acceptSopClasses: ["1.3.46.670589.11.0.0.12.1"] });
  assert.equal(await syntaxOf(listed.port, "1.3.46.670589.11.0.0.12.1", [explicit]), explicit);
  await using open = await startArchive({ acceptSopClasses: "all" });
  assert.equal(await syntaxOf(open.port, "1.2.3.4.5", [explicit]), explicit);
});

test("the gate refuses associations and operations, and each refusal is an event", async () => {
  const denied = new Set<string>(["store", "query"]);
  let admit = true;
  await using running = await startArchive({
    gate: {
      admit: (): Admission => (admit ? {} : { reject: rejections.userIdentity }),
      decide: (wanted) =>
        denied.has(wanted)
          ? { effect: "deny", code: "request/denied", reason: "", message: "This principal may not do that." }
          : { effect: "permit", watch: false },
    },
  });
  const object = makeObject();
  const association = await connect(running.port, [object]);
  assert.equal((await echo(association)).status, 0);
  assert.equal(await send(association, object), statuses.notAuthorized);
  const identifier = new DataSet().set(tagOf("QueryRetrieveLevel"), "CS", "STUDY");
  const query = find(association, { sopClassUid: sopClasses.studyRootFind, identifier });
  assert.deepEqual((await query.next()).value, {
    status: statuses.notAuthorized,
    comment: "This principal may not do that.",
  });
  await association.release();
  admit = false;
  await assert.rejects(connect(running.port), { code: "association/rejected", detail: "1/2/1" });
  const refused = running.events.filter((event) => event.status === "denied");
  assert.deepEqual(
    refused.map(({ activity, operation, status_code }) => [activity, operation, status_code]),
    [
      ["create", "C-STORE", "0124"],
      ["query", "C-FIND", "0124"],
      ["associate", "A-ASSOCIATE", "1/2/1"],
    ],
  );
});

test("present associations are listed with what they did", async () => {
  await using running = await startArchive();
  const object = makeObject({ pixels: 5_000 });
  const association = await connect(running.port, [object]);
  assert.equal(await send(association, object), 0);
  const [live] = running.service.associations();
  assert.deepEqual(
    [live?.callingAeTitle, live?.calledAeTitle, live?.address, live?.tls, live?.operations],
    ["PEER", "HOLDFAST", "127.0.0.1", false, 1],
  );
  assert.ok(live!.bytesIn > 5_000 && live!.bytesOut > 100);
  await association.release();
});

test("no passcode, and no control character of a stranger, gets into an event", async () => {
  await using running = await startArchive();
  const association = await associate({
    host: "127.0.0.1",
    port: running.port,
    calledAeTitle: "HOLDFAST",
    callingAeTitle: "EVIL\x1b[2J",
    contexts: [{ abstractSyntax: sopClasses.verification, transferSyntaxes: [explicit] }],
    userIdentity: {
      type: 2,
      positiveResponseRequested: false,
      primary: Buffer.from("ana"),
      secondary: Buffer.from("s3cret"),
    },
  });
  await association.release();
  const text = JSON.stringify(running.events);
  assert.match(text, /"claimed_user":"ana"/);
  assert.doesNotMatch(text, /"user":/); // nothing has checked it, so it is nobody
  assert.match(text, /EVIL\?\[2J/);
  assert.doesNotMatch(text, /s3cret/);
});

test("C-FIND streams many matches over several pages", async () => {
  await using running = await startArchive();
  const count = 2_300;
  await fill(
    running.port,
    Array.from({ length: count }, (_, study) => makeObject({ study: study + 1, pixels: 0 })),
  );
  const association = await connect(running.port);
  const identifier = new DataSet()
    .set(tagOf("QueryRetrieveLevel"), "CS", "STUDY")
    .set(tagOf("StudyInstanceUID"), "UI", "");
  const found = new Set<string>();
  for await (const match of find(association, { sopClassUid: sopClasses.studyRootFind, identifier })) {
    found.add(match.string(tagOf("StudyInstanceUID"))!);
  }
  assert.equal(found.size, count);
  await association.release();
});

const objects = [1, 2].map((instance) => makeObject({ instance }));
const reference = ({ sopClassUid, sopInstanceUid }: (typeof objects)[number]) => ({ sopClassUid, sopInstanceUid });
const request = { transactionUid: "2.25.5", references: objects.map(reference) };

const askCommitment = (association: Awaited<ReturnType<typeof connect>>, asked = request) =>
  action(association, {
    sopClassUid: sopClasses.storageCommitment,
    sopInstanceUid: storageCommitmentInstance,
    actionTypeId: 1,
    information: writeRequest(asked),
  });

/** A peer that waits for a report, as PEER. */
async function reporter() {
  const reported = Promise.withResolvers<CommitmentResult>();
  let attempts = 0;
  const served = await serve({
    handlers: {
      async eventReport(event: EventReport) {
        attempts++;
        if (attempts === 1) return { status: statuses.processingFailure };
        reported.resolve(readReport(event.information)!);
        return { status: 0 };
      },
    },
  });
  return {
    ...served,
    port: served.port,
    reported: reported.promise,
    attempts: () => attempts,
    [Symbol.asyncDispose]: served[Symbol.asyncDispose],
  };
}

test("a commitment is reported over the requestor's association while it is open", async () => {
  await using running = await startArchive({ commitment: { grace: 10, retries: [] } });
  await fill(running.port, objects);
  const reported = Promise.withResolvers<EventReport>();
  const association = await associate({
    host: "127.0.0.1",
    port: running.port,
    calledAeTitle: "HOLDFAST",
    callingAeTitle: "PEER",
    contexts: [{ abstractSyntax: sopClasses.storageCommitment, transferSyntaxes: [explicit] }],
    handlers: {
      async eventReport(event) {
        reported.resolve(event);
        return { status: 0 };
      },
    },
  });
  assert.equal((await askCommitment(association)).status, 0);
  const event = await reported.promise;
  assert.equal(event.eventTypeId, 1);
  assert.deepEqual(readReport(event.information), {
    transactionUid: "2.25.5",
    committed: request.references,
    failed: [],
  });
  await association.release();
});

test("else over one of ours, again until the peer takes it", async () => {
  await using peer = await reporter();
  await using running = await startArchive({
    peers: [{ aeTitle: "PEER", host: "127.0.0.1", port: peer.port }],
    commitment: { grace: 10, retries: [0, 10, 10] },
  });
  await fill(running.port, objects.slice(0, 1));
  const association = await connect(running.port);
  assert.equal((await askCommitment(association)).status, 0);
  await association.release();
  const { committed, failed } = await peer.reported;
  assert.deepEqual(committed, request.references.slice(0, 1));
  assert.deepEqual(failed, [{ ...request.references[1]!, reason: statuses.noSuchInstance }]);
  assert.equal(peer.attempts(), 2);
  const event = running.events.find(({ activity }) => activity === "commit");
  assert.deepEqual([event?.status, event?.count], ["partial", { objects: 1, failed: 1 }]);
});

test("a commitment request that is none is refused", async () => {
  await using running = await startArchive();
  const association = await connect(running.port);
  const ask = (actionTypeId: number, information?: DataSet) =>
    action(association, {
      sopClassUid: sopClasses.storageCommitment,
      sopInstanceUid: storageCommitmentInstance,
      actionTypeId,
      information,
    });
  assert.equal((await ask(2, writeRequest(request))).status, statuses.noSuchAction);
  assert.equal((await ask(1, new DataSet())).status, statuses.invalidArgumentValue);
  assert.equal((await ask(1)).status, statuses.invalidArgumentValue);
  await association.release();
});

test("a peer may ask for a store and be cut off at any point: the archive stays whole", async () => {
  await using running = await startArchive();
  const object = makeObject({ pixels: 400_000 });
  const association = await connect(running.port, [object]);
  const gone = store(association, {
    ...reference(object),
    transferSyntaxUid: explicit,
    size: object.dataSet.length,
    async *dataSet() {
      yield object.dataSet.subarray(0, 200_000);
      association.destroy();
      yield object.dataSet.subarray(200_000);
    },
  });
  await assert.rejects(gone, { code: "association/aborted" });
  assert.equal((await running.archive.statistics()).instances, 0);
  await fill(running.port, [object]);
  assert.equal((await running.archive.statistics()).instances, 1);
});
