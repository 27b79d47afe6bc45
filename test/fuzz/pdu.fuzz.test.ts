import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzz } from "./pdu.fuzz.ts";
import { attacks } from "./pdu-attacks.ts";

/** A fixed seed keeps this run the same everywhere; the long run takes another one each time. */
const seed = 20_260;

test(`hostile peers are refused and nobody else notices (seed ${seed})`, async () => {
  const report = await fuzz({ seed, rounds: 200 });
  assert.deepEqual(Object.keys(report.attacks).sort(), attacks.map(({ name }) => name).sort());
  assert.ok(report.served > 0);
  assert.ok(report.answers["abort 2/6"]! > 0 && report.answers["closed"]! > 0);
  const grown = report.heap[1] - report.heap[0];
  assert.ok(grown < 32 * 1024 * 1024, `the heap grew by ${grown} bytes`);
});
