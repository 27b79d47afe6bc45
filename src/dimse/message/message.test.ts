import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PduReader } from "../pdu/index.ts";
import { type Command, commandFields, readCommand, writeCommand } from "./command.ts";
import { MessageReader } from "./reader.ts";
import { isWarning } from "./status.ts";
import { MessageWriter } from "./writer.ts";

const u16 = fc.integer({ min: 0, max: 0xffff });
const uid = fc.stringMatching(/^[1-9]{1,4}(\.[1-9]{1,4}){1,5}$/);
const command: fc.Arbitrary<Command> = fc.record(
  {
    commandField: u16,
    hasDataSet: fc.boolean(),
    messageId: u16,
    messageIdBeingRespondedTo: u16,
    affectedSopClassUid: uid,
    requestedSopInstanceUid: uid,
    moveDestination: fc.stringMatching(/^[A-Z]{1,16}$/),
    status: u16,
    offendingElement: fc.integer({ min: 0, max: 0xffffffff }),
    errorComment: fc.stringMatching(/^[a-z]{1,64}$/),
    remaining: u16,
    moveOriginatorMessageId: u16,
  },
  { noNullPrototype: true, requiredKeys: ["commandField", "hasDataSet"] },
);

test("a command set reads back as written, in even lengths", () => {
  fc.assert(
    fc.property(command, (value) => {
      const bytes = writeCommand(value);
      assert.equal(bytes.length % 2, 0);
      assert.equal(bytes.readUInt32LE(8), bytes.length - 12);
      assert.deepEqual(readCommand(bytes), value);
    }),
  );
});

test("C-ECHO-RQ is the bytes of PS3.7", () => {
  const bytes = writeCommand({
    commandField: commandFields.echoRequest,
    messageId: 1,
    affectedSopClassUid: "1.2.840.10008.1.1",
    hasDataSet: false,
  });
  const expected =
    "00000000" +
    "04000000" +
    "38000000" +
    "00000200" +
    "12000000" +
    Buffer.from("1.2.840.10008.1.1\0", "latin1").toString("hex") +
    "00000001" +
    "02000000" +
    "3000" +
    "00001001" +
    "02000000" +
    "0100" +
    "00000008" +
    "02000000" +
    "0101";
  assert.equal(bytes.toString("hex"), expected);
});

const malformed: [string, string][] = [
  ["an element cut short", "0000000104"],
  ["a length beyond the set", "00000001ffffffff3000"],
  ["another group", "10000001020000003000"],
  ["a number of one byte", "000000010100000030"],
  ["no Command Field", "00001001020000000100"],
];

for (const [what, hex] of malformed) {
  test(`a command set with ${what} is refused`, () => {
    assert.throws(() => readCommand(Buffer.from(hex, "hex")), { name: "PduError", abort: { source: 2, reason: 6 } });
  });
}

/** Writes a message in PDUs of a maximum length, reads the stream again. */
async function throughTheWire(maximumLength: number, dataSet: Uint8Array[] | Uint8Array | undefined) {
  const sent: Buffer[] = [];
  const port = { send: (parts: Uint8Array[]) => void sent.push(Buffer.concat(parts)), broken: () => assert.fail() };
  const writer = new MessageWriter(port as never, maximumLength);
  const source = Array.isArray(dataSet)
    ? (async function* () {
        yield* dataSet;
      })()
    : dataSet;
  await writer.write(5, { commandField: 1, messageId: 9, hasDataSet: dataSet !== undefined }, source);
  return { ...readBack(Buffer.concat(sent)), writes: sent.length };
}

function readBack(stream: Buffer) {
  const got = { commands: [] as Command[], data: [] as Buffer[], ended: 0, pdus: [] as number[], oddInside: false };
  const messages = new MessageReader((_id, value) => {
    got.commands.push(value);
    if (!value.hasDataSet) return undefined;
    return {
      write: (bytes) => void got.data.push(Buffer.from(bytes)) as undefined,
      end: () => void got.ended++ as undefined,
      abort: () => assert.fail(),
    };
  }, 65536);
  const reader = new PduReader(
    {
      control: () => assert.fail(),
      dataHeader: () => {},
      fragment(id, isCommand, last, bytes) {
        got.pdus.push(bytes.length + 6);
        if (bytes.length % 2 === 1 && !last) got.oddInside = true;
        return messages.fragment(id, isCommand, last, bytes);
      },
      invalid: (error) => assert.fail(error),
    },
    { maximumLength: 0xffffffff, associateLength: 0 },
  );
  reader.push(stream);
  return { ...got, midway: messages.midway };
}

test("messages arrive whole whatever the maximum length and the chunks", async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 128, max: 2000 }), chunks, fc.boolean(), async (maximum, parts, inMemory) => {
      const whole = Buffer.concat(parts);
      const got = await throughTheWire(maximum, inMemory ? whole : parts);
      assert.equal(got.commands.length, 1);
      assert.equal(got.ended, 1);
      assert.equal(got.midway, false);
      assert.equal(got.oddInside, false, "only the last fragment may be odd");
      assert.ok(Buffer.concat(got.data).equals(whole));
      assert.ok(Math.max(...got.pdus) <= maximum);
    }),
  );
});

test("a small message is one write: command and data set together", async () => {
  const { writes } = await throughTheWire(65536, [new Uint8Array(14_000)]);
  assert.equal(writes, 1);
});

test("a source that fails before anything went out leaves the association usable", async () => {
  const sent: Uint8Array[][] = [];
  let broken = 0;
  const port = { send: (parts: Uint8Array[]) => void sent.push(parts), broken: () => void broken++ };
  const writer = new MessageWriter(port as never, 16_384);
  const failing = async function* (size: number) {
    yield new Uint8Array(size);
    yield new Uint8Array(size);
    throw new Error("disk");
  };
  await assert.rejects(writer.write(1, { commandField: 1, hasDataSet: true }, failing(100)), /disk/);
  assert.deepEqual([sent.length, broken], [0, 0]);
  await writer.write(1, { commandField: 0x30, hasDataSet: false });
  assert.equal(sent.length, 1);
  await assert.rejects(writer.write(1, { commandField: 1, hasDataSet: true }, failing(100_000)), /disk/);
  assert.equal(broken, 1);
});

test("messages of several senders do not mix", async () => {
  const sent: Buffer[] = [];
  const port = {
    send: async (parts: Uint8Array[]) => void sent.push(Buffer.concat(parts)),
    broken: () => assert.fail(),
  };
  const writer = new MessageWriter(port, 16_384);
  const slow = async function* () {
    for (let n = 0; n < 20; n++) {
      await new Promise((resolve) => setImmediate(resolve));
      yield new Uint8Array(10_000);
    }
  };
  await Promise.all([1, 2, 3].map((n) => writer.write(1, { commandField: n, hasDataSet: true }, slow())));
  const got = readBack(Buffer.concat(sent));
  assert.deepEqual(
    got.commands.map((value) => value.commandField),
    [1, 2, 3],
  );
  assert.equal(got.ended, 3);
});

test("warnings are B000 to BFFF and the three of PS3.7", () => {
  assert.deepEqual([0xb000, 0xbfff, 0x0001, 0x0107, 0x0116, 0, 0xa700, 0xc000, 0x0110].map(isWarning), [
    true,
    true,
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test("a data set given up while its last bytes are taken does not end", async () => {
  const told: string[] = [];
  const taken = Promise.withResolvers<void>();
  const body = {
    write: () => taken.promise,
    end: () => void told.push("end"),
    abort: () => void told.push("abort"),
  };
  const reader = new MessageReader(() => body, 1024);
  reader.fragment(
    1,
    true,
    true,
    writeCommand({ commandField: commandFields.storeRequest, messageId: 1, hasDataSet: true }),
  );
  const last = reader.fragment(1, false, true, new Uint8Array(2));
  reader.abort(new Error("gone"));
  taken.resolve();
  await last;
  assert.deepEqual(told, ["abort"]);
});
