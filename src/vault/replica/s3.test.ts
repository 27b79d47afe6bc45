import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { S3Target } from "./s3.ts";

const hashed = (algorithm: string, bytes: Buffer, encoding: "hex" | "base64"): string =>
  createHash(algorithm).update(bytes).digest(encoding);

interface Put {
  headers: IncomingMessage["headers"];
  bytes: Buffer;
}

/** Takes objects as a store does that knows these checksums of what is to be locked; keeps what it was sent. */
async function storeThatKnows(...checksums: string[]) {
  const puts: Put[] = [];
  const server = createServer(async (request, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    puts.push({ headers: request.headers, bytes: Buffer.concat(chunks) });
    if (checksums.some((name) => request.headers[name] !== undefined)) return void answer.writeHead(200).end();
    const message = "Content-MD5 HTTP header is required for Put Object requests with Object Lock parameters";
    const body = `<?xml version="1.0"?><Error><Code>InvalidRequest</Code><Message>${message}</Message></Error>`;
    answer.writeHead(400, { "content-type": "application/xml" }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const target = new S3Target({
    ...{ bucket: "clinic", prefix: "a", retentionDays: 1, now: () => 1_000 },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: "ACCESS", secretAccessKey: "secret" },
  });
  return {
    target,
    puts,
    [Symbol.dispose]() {
      target.close();
      server.close();
    },
  };
}

test("the store is told the SHA-256 that is known, in the signed request and beside it", async () => {
  using store = await storeThatKnows("x-amz-checksum-sha256");
  const bytes = randomBytes(1_000);
  await store.target.add("one", bytes, hashed("sha256", bytes, "hex"));
  await store.target.add("two", bytes);
  assert.equal(store.puts.length, 2);
  for (const { headers, bytes: sent } of store.puts) {
    assert.ok(sent.equals(bytes));
    assert.equal(headers["x-amz-content-sha256"], hashed("sha256", bytes, "hex"));
    assert.match(headers.authorization!, /SignedHeaders=[^,]*x-amz-content-sha256/);
    assert.equal(headers["x-amz-checksum-sha256"], hashed("sha256", bytes, "base64"));
    assert.equal(headers["content-md5"], undefined);
    assert.equal(headers["x-amz-object-lock-mode"], "COMPLIANCE");
  }
});

test("a store that asks for MD5 gets it, and is asked only once", async () => {
  using store = await storeThatKnows("content-md5");
  const bytes = randomBytes(1_000);
  for (const name of ["one", "two"]) await store.target.add(name, bytes);
  const md5 = hashed("md5", bytes, "base64");
  assert.deepEqual(
    store.puts.map(({ headers }) => headers["content-md5"]),
    [undefined, md5, md5],
  );
  for (const { headers } of store.puts) assert.equal(headers["x-amz-content-sha256"], hashed("sha256", bytes, "hex"));
});

test("any other refusal is thrown", async () => {
  using store = await storeThatKnows("nothing");
  await assert.rejects(store.target.add("one", randomBytes(10)));
});
