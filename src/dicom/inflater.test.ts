import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { Inflater } from "./inflater.ts";

test("a bomb comes out in small pieces after the first, and is given up at the limit", () => {
  const bomb = deflateRawSync(Buffer.alloc(200_000_000), { level: 9 });
  const pieces: number[] = [];
  const inflater = new Inflater(200, (bytes) => void pieces.push(bytes.length));
  assert.throws(() => inflater.push(bomb), { code: "object/too-large" });
  assert.ok(pieces.length > 10);
  assert.ok(Math.max(...pieces.slice(1)) < 2_000_000, `${Math.max(...pieces.slice(1))} bytes at once`);
});

test("what expands suddenly and then no more is inflated to its end", () => {
  const plain = Buffer.concat([Buffer.alloc(3_000_000), Buffer.from("the end of it")]);
  const out: Uint8Array[] = [];
  const inflater = new Inflater(200, (bytes) => void out.push(bytes.slice()));
  for (const byte of deflateRawSync(plain)) inflater.push(Uint8Array.of(byte));
  inflater.end();
  assert.ok(Buffer.concat(out).equals(plain));
});
