import assert from "node:assert/strict";
import { test } from "node:test";
import { HoldfastError } from "../../core/index.ts";
import { type Association, associate, echo, type ServerOptions, store } from "../index.ts";
import { writeCommand as command } from "../message/index.ts";
import { writeAssociateRequest, writeReleaseReply, writeReleaseRequest } from "../pdu/index.ts";
import {
  associateRequest,
  contexts,
  dataPdu,
  echoRequest,
  RawPeer,
  storeRequest,
  targetOf,
} from "../testing/raw-peer.ts";
import { discardingSink, serve } from "../testing/server.ts";

const ct = (size: number, chunk = 1000) => ({
  sopClassUid: contexts[1]!.abstractSyntax,
  sopInstanceUid: "1.2.3",
  transferSyntaxUid: contexts[1]!.transferSyntaxes[0]!,
  size,
  async *dataSet() {
    for (let at = 0; at < size; at += chunk) {
      yield Uint8Array.from({ length: Math.min(chunk, size - at) }, (_, index) => (at + index) % 251);
    }
  },
});

test("C-ECHO and several C-STORE on one association, bytes unchanged", async () => {
  const got: Buffer[] = [];
  await using served = await serve({
    handlers: {
      store() {
        const parts: Buffer[] = [];
        return {
          write: (bytes) => void parts.push(Buffer.from(bytes)) as undefined,
          async end() {
            got.push(Buffer.concat(parts));
            return { status: 0 };
          },
          abort: () => assert.fail(),
        };
      },
    },
  });
  const association = await associate(targetOf(served.port));
  assert.deepEqual(await echo(association), { status: 0 });
  const sizes = [0, 1, 999, 40_001, 700_000];
  for (const size of sizes) assert.deepEqual(await store(association, ct(size)), { status: 0 });
  await association.release();
  assert.deepEqual(await association.closed, { kind: "released" });
  assert.deepEqual(
    got.map((bytes) => bytes.length),
    sizes,
  );
  assert.ok(got.every((bytes) => bytes.every((value, index) => value === index % 251)));
});

const rejectCases: [string, Parameters<typeof associateRequest>[0], Partial<ServerOptions>, string][] = [
  ["a protocol version other than 1", { protocolVersion: 2 }, {}, "1/2/2"],
  ["an unknown application context", { applicationContext: "1.2.3" }, {}, "1/1/2"],
  [
    "no context that is served",
    {},
    { policy: { supports: () => false, choose: () => "", roles: () => ({ scu: true, scp: true }) } },
    "1/1/1",
  ],
  ["more contexts than the limit", {}, { limits: { contexts: 1 } }, "2/3/2"],
  ["what the admission refuses", {}, { admit: () => ({ reject: { result: 1, source: 1, reason: 7 } }) }, "1/1/7"],
  [
    "a maximum length without room",
    { userInformation: { ...associateRequest().userInformation, maximumLength: 7 } },
    {},
    "1/1/1",
  ],
];

for (const [what, request, options, expected] of rejectCases) {
  test(`${what} is rejected with ${expected}`, async () => {
    await using served = await serve(options);
    const peer = await RawPeer.associate(served.port, request);
    const [result, source, reason] = expected.split("/").map(Number);
    assert.deepEqual(await peer.next(), { type: "associate-reject", reject: { result, source, reason } });
    peer.close();
  });
}

test("a rejection is an error with result, source and reason", async () => {
  await using served = await serve({ admit: () => ({ reject: { result: 1, source: 1, reason: 3 } }) });
  await assert.rejects(associate(targetOf(served.port)), { code: "association/rejected", detail: "1/1/3" });
});

test("nobody there is an error", async () => {
  const served = await serve();
  await served[Symbol.asyncDispose]();
  await assert.rejects(associate(targetOf(served.port)), { code: "association/connect" });
});

test("associations beyond the limits are told so, and there is room again afterwards", async () => {
  await using served = await serve({ limits: { associations: 4, associationsPerPeer: 2 } });
  const [first, second] = [await associate(targetOf(served.port)), await associate(targetOf(served.port))];
  await assert.rejects(associate(targetOf(served.port)), { code: "association/rejected", detail: "2/3/2" });
  await first.release();
  const third = await associate(targetOf(served.port));
  assert.deepEqual(await echo(third), { status: 0 });
  await Promise.all([second.release(), third.release()]);
});

const abortCases: [string, (peer: RawPeer) => void, [number, number]][] = [
  ["data on a context that was not agreed", (peer) => peer.message(99, echoRequest()), [2, 6]],
  ["data without a command", (peer) => peer.send(dataPdu(1, 2, Buffer.alloc(4))), [2, 5]],
  ["a second A-ASSOCIATE-RQ", (peer) => peer.send(writeAssociateRequest(associateRequest())), [2, 2]],
  ["an A-RELEASE-RP out of turn", (peer) => peer.send(writeReleaseReply()), [2, 2]],
  ["an unknown PDU", (peer) => peer.send(Buffer.from("aa0000000000", "hex")), [2, 1]],
  ["a PDU of 4 GiB", (peer) => peer.send(Buffer.from("0400ffffffff", "hex")), [2, 6]],
  [
    "a command amid a data set",
    (peer) => {
      peer.send(dataPdu(3, 3, command(storeRequest())));
      peer.send(dataPdu(3, 0, Buffer.alloc(8)));
      peer.send(dataPdu(3, 3, command(storeRequest(2))));
    },
    [2, 5],
  ],
  [
    "messages interleaved",
    (peer) => {
      peer.send(dataPdu(3, 3, command(storeRequest())));
      peer.message(1, echoRequest());
    },
    [2, 5],
  ],
  [
    "a command set without end",
    (peer) => {
      for (let n = 0; n < 6; n++) peer.send(dataPdu(1, 1, Buffer.alloc(16_000)));
    },
    [2, 5],
  ],
  ["a command set of garbage", (peer) => peer.send(dataPdu(1, 3, Buffer.alloc(40, 0xee))), [2, 6]],
  [
    "a response to no request",
    (peer) => peer.message(1, { commandField: 0x8030, messageIdBeingRespondedTo: 1, hasDataSet: false, status: 0 }),
    [2, 5],
  ],
  ["a request without a Message ID", (peer) => peer.message(1, { ...echoRequest(), messageId: undefined }), [2, 6]],
];

for (const [what, act, [source, reason]] of abortCases) {
  test(`${what} is aborted with ${source}/${reason}`, async () => {
    await using served = await serve();
    const peer = await RawPeer.open(served.port);
    act(peer);
    assert.deepEqual(await peer.next(), { type: "abort", abort: { source, reason } });
    peer.close();
  });
}

test("a service that a context is not for, and one that nobody gives, are refused by status", async () => {
  await using served = await serve();
  const peer = await RawPeer.open(served.port);
  peer.message(3, { ...echoRequest(), affectedSopClassUid: contexts[1]!.abstractSyntax });
  peer.message(1, { ...echoRequest(2), affectedSopClassUid: "1.2.3" });
  peer.message(1, { ...echoRequest(3), commandField: 0x0140 });
  const answers = [await peer.next(), await peer.next(), await peer.next()];
  const statuses = answers.map((answer) => (answer.type === "command" ? answer.command.status : answer.type));
  assert.deepEqual(statuses, [0x0211, 0x0122, 0x0211]);
  peer.close();
});

test("requests that are not waited for are served one after the other", async () => {
  let running = 0;
  await using served = await serve({
    handlers: {
      async echo() {
        assert.equal(++running, 1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running--;
        return { status: 0 };
      },
    },
  });
  const peer = await RawPeer.open(served.port);
  for (let id = 1; id <= 5; id++) peer.message(1, echoRequest(id));
  const order: (number | undefined)[] = [];
  for (let n = 0; n < 5; n++) {
    const answer = await peer.next();
    order.push(answer.type === "command" ? answer.command.messageIdBeingRespondedTo : undefined);
  }
  assert.deepEqual(order, [1, 2, 3, 4, 5]);
  peer.close();
});

test("a sink that is slow holds the peer back", async () => {
  let taken = 0;
  let release = (): void => {};
  await using served = await serve({
    handlers: {
      store: () => ({
        ...discardingSink(),
        write(bytes) {
          taken += bytes.length;
          return new Promise((resolve) => {
            release = resolve;
          });
        },
      }),
    },
  });
  const peer = await RawPeer.open(served.port);
  peer.send(dataPdu(3, 3, command(storeRequest())));
  const chunk = dataPdu(3, 0, Buffer.alloc(200_000));
  for (let n = 0; n < 100; n++) peer.send(chunk);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(taken <= 70_000, `${taken} bytes were taken while the first write was pending`);
  assert.ok(peer.socket.writableLength > 10_000_000, "the rest waits at the sender");
  peer.close();
  release();
});

test("a sink that fails ends the operation, not the association", async () => {
  let aborted: unknown;
  let fail = true;
  await using served = await serve({
    handlers: {
      store: () => ({
        ...discardingSink(),
        write: () => (fail ? Promise.reject(new HoldfastError("request/denied")) : undefined),
        abort: (reason) => {
          aborted = reason;
        },
      }),
    },
  });
  const association = await associate(targetOf(served.port));
  const refused = await store(association, ct(300_000));
  assert.equal(refused.status, 0x0124);
  assert.ok(aborted instanceof HoldfastError);
  fail = false;
  assert.deepEqual(await store(association, ct(300_000)), { status: 0 });
  await association.release();
});

test("a peer that vanishes amid an object aborts the sink", async () => {
  const reason = Promise.withResolvers<unknown>();
  await using served = await serve({ handlers: { store: () => ({ ...discardingSink(), abort: reason.resolve }) } });
  const peer = await RawPeer.open(served.port);
  peer.send(dataPdu(3, 3, command(storeRequest())));
  peer.send(dataPdu(3, 0, Buffer.alloc(100)));
  await new Promise((resolve) => setTimeout(resolve, 20));
  peer.close();
  assert.equal(((await reason.promise) as HoldfastError).code, "association/aborted");
});

test("closing lets a running operation end, then aborts", async () => {
  const begun = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const served = await serve({
    handlers: {
      async echo() {
        begun.resolve();
        await finish.promise;
        return { status: 0 };
      },
    },
  });
  const [busy, idle] = [await RawPeer.open(served.port), await RawPeer.open(served.port)];
  busy.message(1, echoRequest());
  await begun.promise;
  const closed = served.server.close(5_000);
  assert.equal((await idle.next()).type, "abort");
  await assert.rejects(associate(targetOf(served.port)), { code: "association/connect" });
  finish.resolve();
  assert.equal((await busy.next()).type, "command");
  assert.equal((await busy.next()).type, "abort");
  busy.close();
  idle.close();
  await closed;
});

test("closing cuts off what does not end by the deadline", async () => {
  let signal: AbortSignal | undefined;
  const served = await serve({
    handlers: {
      echo(operation) {
        signal = operation.signal;
        return new Promise(() => {});
      },
    },
  });
  const peer = await RawPeer.open(served.port);
  peer.message(1, echoRequest());
  await new Promise((resolve) => setTimeout(resolve, 20));
  await served.server.close(50);
  assert.equal(signal?.aborted, true);
});

test("when a server has closed, every association has been told of its end", async () => {
  const ended: string[] = [];
  const served = await serve({ observer: { closed: ({ ending }) => void ended.push(ending?.kind ?? "") } });
  const peers = await Promise.all([1, 2, 3].map(() => RawPeer.open(served.port)));
  await served.server.close(0);
  assert.deepEqual(ended, ["aborted", "aborted", "aborted"]);
  for (const peer of peers) peer.close();
});

test("a release is answered, and both sides may ask at once", async () => {
  const opened = Promise.withResolvers<Association>();
  await using served = await serve({ observer: { opened: opened.resolve } });
  const peer = await RawPeer.open(served.port);
  const association = await opened.promise;
  const released = association.release();
  assert.equal((await peer.next()).type, "release-request");
  peer.send(writeReleaseRequest());
  peer.send(writeReleaseReply());
  assert.equal((await peer.next()).type, "release-reply");
  peer.close();
  await released;
});
