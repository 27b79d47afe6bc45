import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type AssociateAccept,
  type AssociateRequest,
  type ControlPdu,
  PduReader,
  readAssociateAccept,
  readAssociateRequest,
  type UserInformation,
  writeAbort,
  writeAssociateAccept,
  writeAssociateRequest,
  writeDataHeader,
  writeReject,
  writeReleaseReply,
  writeReleaseRequest,
} from "./index.ts";

const uid = fc.stringMatching(/^[1-9]{1,4}(\.[1-9]{1,4}){1,5}$/);
const aeTitle = fc.stringMatching(/^[A-Z0-9_]{1,16}$/);
const byte = fc.integer({ min: 0, max: 255 });
const bytes = fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value));
const contextIds = fc.uniqueArray(
  fc.integer({ min: 0, max: 127 }).map((n) => 2 * n + 1),
  { minLength: 1, maxLength: 20 },
);

const common = {
  maximumLength: fc.integer({ min: 0, max: 0xffffffff }),
  implementationClassUid: uid,
  roles: fc.array(fc.record({ sopClassUid: uid, scu: fc.boolean(), scp: fc.boolean() }, { noNullPrototype: true }), {
    maxLength: 4,
  }),
  extended: fc.array(fc.record({ sopClassUid: uid, information: bytes }, { noNullPrototype: true }), { maxLength: 3 }),
};

const requestInformation: fc.Arbitrary<UserInformation> = fc.record(
  {
    ...common,
    implementationVersionName: aeTitle,
    asynchronousOperations: fc.record({ invoked: byte, performed: byte }, { noNullPrototype: true }),
    commonExtended: fc.array(
      fc.record(
        { sopClassUid: uid, serviceClassUid: uid, relatedGeneralSopClasses: fc.array(uid, { maxLength: 3 }) },
        { noNullPrototype: true },
      ),
      { maxLength: 3 },
    ),
    userIdentity: fc.record(
      {
        type: fc.integer({ min: 1, max: 5 }),
        positiveResponseRequested: fc.boolean(),
        primary: bytes,
        secondary: bytes,
      },
      { noNullPrototype: true },
    ),
  },
  {
    noNullPrototype: true,
    requiredKeys: ["maximumLength", "implementationClassUid", "roles", "extended", "commonExtended"],
  },
);

const request: fc.Arbitrary<AssociateRequest> = contextIds.chain((ids) =>
  fc.record(
    {
      protocolVersion: fc.constant(1),
      calledAeTitle: aeTitle,
      callingAeTitle: aeTitle,
      applicationContext: uid,
      contexts: fc.tuple(
        ...ids.map((id) =>
          fc.record(
            { id: fc.constant(id), abstractSyntax: uid, transferSyntaxes: fc.array(uid, { maxLength: 5 }) },
            { noNullPrototype: true },
          ),
        ),
      ),
      userInformation: requestInformation,
    },
    { noNullPrototype: true },
  ),
);

const accept: fc.Arbitrary<AssociateAccept> = contextIds.chain((ids) =>
  fc.record(
    {
      protocolVersion: fc.constant(1),
      calledAeTitle: aeTitle,
      callingAeTitle: aeTitle,
      applicationContext: uid,
      contexts: fc.tuple(
        ...ids.map((id) =>
          fc.record(
            { id: fc.constant(id), result: fc.integer({ min: 0, max: 4 }), transferSyntax: uid },
            { noNullPrototype: true },
          ),
        ),
      ),
      userInformation: fc
        .record({ ...common, userIdentityResponse: bytes }, { noNullPrototype: true })
        .map((information) => ({ ...information, commonExtended: [] })),
    },
    { noNullPrototype: true },
  ),
);

const body = (pdu: Buffer): Buffer => pdu.subarray(6);

test("A-ASSOCIATE-RQ and -AC read back as written", () => {
  fc.assert(
    fc.property(request, (value) => assert.deepEqual(readAssociateRequest(body(writeAssociateRequest(value))), value)),
  );
  fc.assert(
    fc.property(accept, (value) => assert.deepEqual(readAssociateAccept(body(writeAssociateAccept(value))), value)),
  );
});

interface Heard {
  controls: ControlPdu[];
  headers: number;
  messages: string[];
  invalid: { source: number; reason: number } | undefined;
}

/** Feeds a stream in the given cuts and tells what was heard, fragments of one message joined. */
function hear(stream: Buffer, cuts: readonly number[], maximumLength = 4096): Heard {
  const heard: Heard = { controls: [], headers: 0, messages: [], invalid: undefined };
  let open = "";
  const reader = new PduReader(
    {
      control: (pdu) => void heard.controls.push(pdu),
      dataHeader: () => void heard.headers++,
      fragment(contextId, command, last, data) {
        open += Buffer.from(data).toString("hex");
        if (last) heard.messages.push(`${contextId}${command ? "c" : "d"}${open}`);
        if (last) open = "";
        return undefined;
      },
      invalid: (error) => {
        heard.invalid = error.abort;
      },
    },
    { maximumLength, associateLength: 100_000 },
  );
  let at = 0;
  for (const cut of [...cuts, stream.length]) {
    const end = Math.min(stream.length, at + cut);
    reader.push(stream.subarray(at, end));
    at = end;
  }
  return heard;
}

const header = (length: number, contextId = 1, control = 2): Buffer => {
  const out = Buffer.alloc(12);
  writeDataHeader(out, contextId, control, length);
  return out;
};

const dataPdu = fc
  .record({ contextId: byte, control: fc.constantFrom(2, 3), value: fc.uint8Array({ maxLength: 300 }) })
  .map(({ contextId, control, value }) => Buffer.concat([header(value.length, contextId, control), value]));

const anyPdu = fc.oneof(
  dataPdu,
  request.map(writeAssociateRequest),
  accept.map(writeAssociateAccept),
  fc.tuple(byte, byte, byte).map(([result, source, reason]) => writeReject({ result, source, reason })),
  fc.tuple(byte, byte).map(([source, reason]) => writeAbort({ source, reason })),
  fc.constant(writeReleaseRequest()),
  fc.constant(writeReleaseReply()),
);

test("how the stream is cut makes no difference", () => {
  fc.assert(
    fc.property(
      fc.array(anyPdu, { maxLength: 5 }),
      fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 60 }),
      (pdus, cuts) => {
        const stream = Buffer.concat(pdus);
        const whole = hear(stream, []);
        assert.equal(whole.invalid, undefined);
        assert.equal(whole.controls.length + whole.messages.length, pdus.length);
        assert.deepEqual(hear(stream, cuts), whole);
      },
    ),
  );
});

const wrong: [string, Buffer, { source: number; reason: number }][] = [
  ["an unknown PDU type", Buffer.from("080000000004" + "00000000", "hex"), { source: 2, reason: 1 }],
  ["an A-ASSOCIATE-RQ of 4 GiB", Buffer.from("0100ffffffff", "hex"), { source: 2, reason: 6 }],
  ["a P-DATA-TF beyond our maximum", Buffer.from("040000001001", "hex"), { source: 2, reason: 6 }],
  ["a P-DATA-TF too short for a PDV", Buffer.from("040000000005", "hex"), { source: 2, reason: 6 }],
  ["a PDV longer than its PDU", Buffer.from("040000000008" + "0000000501020000", "hex"), { source: 2, reason: 6 }],
  ["a PDV without its header", Buffer.from("040000000006" + "000000010102", "hex"), { source: 2, reason: 6 }],
  ["a PDV length that wraps", Buffer.from("040000000006" + "ffffffff0102", "hex"), { source: 2, reason: 6 }],
  [
    "a PDU that ends within a PDV header",
    Buffer.from("040000000009" + "000000020102" + "000000", "hex"),
    { source: 2, reason: 6 },
  ],
  ["an A-RELEASE-RQ of another length", Buffer.from("050000000005" + "0000000000", "hex"), { source: 2, reason: 6 }],
  [
    "an A-ASSOCIATE-RQ without user information",
    Buffer.concat([Buffer.from("010000000044", "hex"), Buffer.alloc(68)]),
    { source: 2, reason: 6 },
  ],
];

for (const [what, stream, abort] of wrong) {
  test(`${what} is refused with A-ABORT ${abort.source}/${abort.reason}`, () => {
    assert.deepEqual(hear(stream, []).invalid, abort);
    assert.deepEqual(hear(stream, stream.subarray(1).map(() => 1) as unknown as number[]).invalid, abort);
  });
}

test("an even or repeated presentation context ID is refused", () => {
  fc.assert(
    fc.property(request, fc.boolean(), (value, even) => {
      const [first] = value.contexts;
      const contexts = even ? [{ ...first!, id: 2 }] : [first!, first!];
      assert.deepEqual(hear(writeAssociateRequest({ ...value, contexts }), []).invalid, { source: 2, reason: 6 });
    }),
  );
});

test("a fragment that waits holds back all that follows, in order", async () => {
  const heard: string[] = [];
  let release = (): void => {};
  const reader = new PduReader(
    {
      control: (pdu) => void heard.push(pdu.type),
      dataHeader: () => {},
      fragment(_id, _command, _last, data) {
        heard.push(Buffer.from(data).toString("latin1"));
        return new Promise((resolve) => {
          release = resolve;
        });
      },
      invalid: () => assert.fail(),
    },
    { maximumLength: 100, associateLength: 100 },
  );
  const stream = Buffer.concat([header(1), Buffer.from("a"), header(1), Buffer.from("b"), writeReleaseRequest()]);
  const wait = reader.push(stream);
  assert.deepEqual(heard, ["a"]);
  release();
  await Promise.resolve().then(() => {});
  assert.deepEqual(heard, ["a", "b"]);
  release();
  await wait;
  assert.deepEqual(heard, ["a", "b", "release-request"]);
});
