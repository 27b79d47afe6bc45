import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MultipartParser, MultipartWriter } from "./index.ts";

interface Part {
  headers: Map<string, string>;
  body: Buffer;
}

async function parse(body: Buffer, boundary: string, cuts: number[], limits = { parts: 100, partHeaderBytes: 1024 }) {
  const parts: Part[] = [];
  const parser = new MultipartParser(boundary, limits, {
    begin(headers) {
      parts.push({ headers, body: Buffer.alloc(0) });
      return undefined;
    },
    data(bytes) {
      const part = parts.at(-1)!;
      part.body = Buffer.concat([part.body, bytes]);
      return bytes.length % 2 === 0 ? Promise.resolve() : undefined;
    },
    end: () => undefined,
  });
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    if (cut <= at || cut >= body.length) continue;
    await parser.write(body.subarray(at, cut));
    at = cut;
  }
  await parser.write(body.subarray(at));
  parser.end();
  return parts;
}

function compose(boundary: string, bodies: Uint8Array[]): Buffer {
  const writer = new MultipartWriter(boundary, "application/dicom");
  return Buffer.concat([...bodies.flatMap((body) => [writer.begin("application/dicom", "/a"), body]), writer.end()]);
}

/** Bytes rich in what looks like the beginning of a delimiter. */
const hostile = fc
  .array(fc.oneof(fc.constantFrom("\r", "\n", "-", "--", "\r\n--", "\r\n--b", "\r\n--bound", "x"), fc.string()), {
    maxLength: 40,
  })
  .map((pieces) => Buffer.from(pieces.join(""), "latin1"));

test("what the writer composes the parser takes apart, however it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(hostile, fc.uint8Array({ maxLength: 300 })), { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(3000), { maxLength: 60 }),
      async (bodies, cuts) => {
        const boundary = "boundary-1";
        fc.pre(bodies.every((body) => !Buffer.from(body).includes(`\r\n--${boundary}`)));
        const parts = await parse(compose(boundary, bodies), boundary, cuts);
        assert.equal(parts.length, bodies.length);
        for (const [i, part] of parts.entries()) {
          assert.ok(part.body.equals(bodies[i]!), "part bytes differ");
          assert.equal(part.headers.get("content-type"), "application/dicom");
        }
      },
    ),
    { verbose: 1 },
  );
});

test("byte by byte gives the same as at once", async () => {
  const body = compose("b", [Buffer.from("\r\n--"), Buffer.from("\r\n-"), Buffer.alloc(0)]);
  const cuts = Array.from({ length: body.length }, (_, i) => i);
  assert.deepEqual(await parse(body, "b", cuts), await parse(body, "b", []));
});

test("a preamble, padding after a boundary and an epilogue are passed over", async () => {
  const body = Buffer.from("hello\r\n--b \t\r\nA: 1\r\nB:2\r\n x\r\n\r\ndata\r\n--b--\r\nepilogue");
  const [part] = await parse(body, "b", [3, 9, 14]);
  assert.equal(part!.body.toString(), "data");
  assert.deepEqual(
    [...part!.headers],
    [
      ["a", "1"],
      ["b", "2 x"],
    ],
  );
});

for (const [what, body, code] of [
  ["no boundary at all", "x".repeat(2000), "request/invalid"],
  ["an end before the closing delimiter", "--b\r\n\r\ndata", "request/invalid"],
  ["junk on a boundary line", "--bjunk\r\n\r\ndata\r\n--b--", "request/invalid"],
  ["an endless boundary line", `--b${" ".repeat(500)}`, "request/invalid"],
  ["endless header fields", `--b\r\n${"a: b\r\n".repeat(500)}\r\n\r\n--b--`, "request/too-large"],
  ["a field without a name", "--b\r\n: x\r\n\r\n\r\n--b--", "request/invalid"],
  ["more parts than allowed", "--b\r\n\r\n\r\n".repeat(101), "request/too-large"],
] as const) {
  test(`refuses ${what}`, async () => {
    await assert.rejects(parse(Buffer.from(body), "b", [1, 2, 5]), { code });
  });
}

test("refuses a boundary that is none", () => {
  for (const boundary of ["", " ", "a b ", "x".repeat(201), "a\r\nb"]) {
    assert.throws(() => new MultipartParser(boundary, { parts: 1, partHeaderBytes: 10 }, {} as never), {
      code: "request/invalid",
    });
  }
});
