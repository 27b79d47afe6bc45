/** Our SCU against DCMTK's SCPs: bytes, queries, retrievals, TLS. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DataSet, explicitLittleEndian, parseFileHeader, tagOf } from "../../src/dicom/index.ts";
import {
  associate,
  echo,
  find,
  get,
  move,
  type RetrievedItem,
  type ServiceHandlers,
  sopClasses,
  store,
} from "../../src/dimse/index.ts";
import { serve } from "../../src/dimse/testing/server.ts";
import { makeObject } from "../support/made-object.ts";
import { need } from "../support/need.ts";
import { freePort, makeCertificates, start, startDcmqrscp, temporaryFolder } from "./dimse-tools.ts";

const ct = "1.2.840.10008.5.1.4.1.1.2";
const contexts = [
  sopClasses.verification,
  sopClasses.studyRootFind,
  sopClasses.studyRootMove,
  sopClasses.studyRootGet,
  ct,
].map((abstractSyntax) => ({ abstractSyntax, transferSyntaxes: [explicitLittleEndian] }));
const roles = [{ sopClassUid: ct, scu: true, scp: true }];

const connect = (port: number, calledAeTitle: string, handlers: ServiceHandlers = {}) =>
  associate({ host: "127.0.0.1", port, calledAeTitle, callingAeTitle: "HOLDFAST", contexts, roles, handlers });

const objects = Array.from({ length: 6 }, (_, n) =>
  makeObject({ study: 1 + Math.floor(n / 3), series: 1 + (n % 3), pixels: 2_000 * (n * n + 1) }),
);

const itemOf = (object: (typeof objects)[number]): RetrievedItem => ({
  sopClassUid: object.sopClassUid,
  sopInstanceUid: object.sopInstanceUid,
  transferSyntaxUid: explicitLittleEndian,
  size: object.dataSet.length,
  async *dataSet() {
    yield object.dataSet;
  },
});

/** Keeps what it is sent, by SOP Instance UID. */
function keeping(): { handlers: ServiceHandlers; kept: Map<string, Buffer> } {
  const kept = new Map<string, Buffer>();
  const handlers: ServiceHandlers = {
    store({ sopInstanceUid }) {
      const parts: Buffer[] = [];
      return {
        write: (bytes) => void parts.push(Buffer.from(bytes)) as undefined,
        async end() {
          kept.set(sopInstanceUid, Buffer.concat(parts));
          return { status: 0 };
        },
        abort: () => {},
      };
    },
  };
  return { handlers, kept };
}

const outcomeOf = async <T, R>(generator: AsyncGenerator<T, R>): Promise<R> => {
  for (;;) {
    const { value, done } = await generator.next();
    if (done) return value;
  }
};

const studyLevel = (studyUid: string) =>
  new DataSet().set(tagOf("QueryRetrieveLevel"), "CS", "STUDY").set(tagOf("StudyInstanceUID"), "UI", studyUid);

test("C-STORE to storescp: the bytes arrive as they are", { skip: need("storescp") }, async () => {
  using folder = temporaryFolder();
  const port = await freePort();
  await using _scp = await start("storescp", port, "-od", folder.path, "+B", "-pdu", 131072, port);
  const association = await connect(port, "STORESCP");
  assert.deepEqual(await echo(association), { status: 0 });
  for (const object of objects) assert.deepEqual(await store(association, itemOf(object)), { status: 0 });
  await association.release();
  const files = readdirSync(folder.path).map((name) => readFileSync(join(folder.path, name)));
  const bodies = files.map((file) => file.subarray(parseFileHeader(file)!.length).toString("base64"));
  assert.deepEqual(bodies.sort(), objects.map((object) => object.dataSet.toString("base64")).sort());
});

test("dcmqrscp: C-FIND, C-GET and C-MOVE", { skip: need("dcmqrscp") }, async () => {
  using folder = temporaryFolder();
  const moved = keeping();
  await using destination = await serve({ handlers: moved.handlers });
  await using archive = await startDcmqrscp(folder.path, destination.port);
  const got = keeping();
  const association = await connect(archive.port, "DCMQR", got.handlers);
  for (const object of objects) assert.deepEqual(await store(association, itemOf(object)), { status: 0 });
  const query = find(association, { sopClassUid: sopClasses.studyRootFind, identifier: studyLevel("") });
  const studies: string[] = [];
  for await (const match of query) studies.push(match.string(tagOf("StudyInstanceUID")) ?? "");
  assert.deepEqual(studies.sort(), [...new Set(objects.map((object) => object.studyUid))].sort());
  const first = objects.filter((object) => object.studyUid === objects[0]!.studyUid);
  const request = { identifier: studyLevel(objects[0]!.studyUid) };
  const byGet = await outcomeOf(get(association, { sopClassUid: sopClasses.studyRootGet, ...request }));
  assert.deepEqual([byGet.status, byGet.completed], [0, first.length]);
  const moveRequest = { sopClassUid: sopClasses.studyRootMove, ...request, destination: "HOLDFAST" };
  const byMove = await outcomeOf(move(association, moveRequest));
  assert.deepEqual([byMove.status, byMove.completed], [0, first.length]);
  await association.release();
  for (const { kept } of [got, moved]) {
    assert.deepEqual([...kept.keys()].sort(), first.map((object) => object.sopInstanceUid).sort());
  }
});

test("C-STORE over TLS to storescp, which asks for our certificate", {
  skip: need("storescp", "openssl"),
}, async () => {
  using folder = temporaryFolder();
  const tls = makeCertificates(folder.path);
  const port = await freePort();
  const certificate = ["+tls", tls.serverKey, tls.serverCertificate, "+cf", tls.ca, "-rc"];
  await using _scp = await start("storescp", port, "--ignore", ...certificate, port);
  const association = await associate({
    host: "127.0.0.1",
    port,
    tls: {
      ca: readFileSync(tls.ca),
      key: readFileSync(tls.clientKey),
      cert: readFileSync(tls.clientCertificate),
    },
    calledAeTitle: "STORESCP",
    callingAeTitle: "HOLDFAST",
    contexts,
  });
  assert.match(association.info.peer.tls?.protocol ?? "", /^TLSv1\.[23]$/);
  for (const object of objects) assert.deepEqual(await store(association, itemOf(object)), { status: 0 });
  await association.release();
});
