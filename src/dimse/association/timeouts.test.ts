import assert from "node:assert/strict";
import { test } from "node:test";
import { DataSet } from "../../dicom/index.ts";
import { type Association, associate, echo, sopClasses } from "../index.ts";
import { writeCommand as command } from "../message/index.ts";
import { writeAssociateRequest } from "../pdu/index.ts";
import { associateRequest, dataPdu, echoRequest, RawPeer, storeRequest, targetOf } from "../testing/raw-peer.ts";
import { serve } from "../testing/server.ts";

const short = { artim: 60, idle: 120, dimse: 120 };

test("a connection that never asks is closed when ARTIM expires", async () => {
  await using served = await serve({ timeouts: short });
  const peer = await RawPeer.connect(served.port);
  assert.equal((await peer.next()).type, "closed");
});

test("a request that drips in is closed when ARTIM expires", async () => {
  await using served = await serve({ timeouts: short });
  const peer = await RawPeer.connect(served.port);
  const request = writeAssociateRequest(associateRequest());
  const drip = setInterval(() => peer.send(request.subarray(0, 1)), 10);
  const heard = await peer.next();
  clearInterval(drip);
  assert.ok(heard.type === "closed" || heard.type === "abort", heard.type);
});

test("an idle association is aborted, also when single bytes drip in", async () => {
  await using served = await serve({ timeouts: short });
  const [idle, dripping] = [await RawPeer.open(served.port), await RawPeer.open(served.port)];
  const drip = setInterval(() => dripping.send(Buffer.from([4])), 10);
  assert.equal((await idle.next()).type, "abort");
  assert.equal((await dripping.next()).type, "abort");
  clearInterval(drip);
});

test("an object that drips in is aborted; a slow handler is not", async () => {
  await using served = await serve({
    timeouts: short,
    handlers: { echo: () => new Promise((resolve) => setTimeout(() => resolve({ status: 0 }), 400)) },
  });
  const [dripping, patient] = [await RawPeer.open(served.port), await RawPeer.open(served.port)];
  patient.message(1, echoRequest());
  dripping.send(dataPdu(3, 3, command(storeRequest())));
  const drip = setInterval(() => dripping.send(dataPdu(3, 0, Buffer.alloc(2))), 10);
  assert.equal((await dripping.next()).type, "abort");
  clearInterval(drip);
  assert.equal((await patient.next()).type, "command");
  patient.close();
});

test("a peer that asks for much and never reads is cut off", async () => {
  const ended = Promise.withResolvers<Association>();
  let made = 0;
  await using served = await serve({
    timeouts: short,
    observer: { closed: ended.resolve },
    handlers: {
      async *find() {
        for (;;) {
          made++;
          yield { identifier: new DataSet().set(0x00100020, "LO", "P".repeat(60_000)) };
        }
      },
    },
  });
  const studyRootFind = { id: 1, abstractSyntax: sopClasses.studyRootFind, transferSyntaxes: ["1.2.840.10008.1.2"] };
  const peer = await RawPeer.associate(served.port, { contexts: [studyRootFind] });
  assert.equal((await peer.next()).type, "associate-accept");
  peer.socket.pause();
  const find = {
    commandField: 0x20,
    messageId: 1,
    affectedSopClassUid: studyRootFind.abstractSyntax,
    hasDataSet: true,
  };
  peer.message(1, find, Buffer.alloc(0));
  const { ending } = await ended.promise;
  assert.equal(ending?.kind, "aborted");
  assert.ok(made < 1_000, `${made} matches were made for nobody`);
  peer.close();
});

test("a server that does not answer is given up", async () => {
  await using served = await serve({ handlers: { echo: () => new Promise(() => {}) } });
  const association = await associate({ ...targetOf(served.port), timeouts: short });
  await assert.rejects(echo(association), { code: "association/aborted" });
});
