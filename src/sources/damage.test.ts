/** Random damage to real lines of every format: nothing throws, what cannot be read is counted, all else is scored. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Random } from "../../test/fuzz/random.ts";
import { analyze } from "./analyze.ts";
import { type Format, formats } from "./formats/index.ts";
import { sampleLine } from "./testing/samples.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-damage-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function run(format: Format, bytes: Uint8Array) {
  const path = join(folder, `${format}.log`);
  writeFileSync(path, bytes);
  const lines: string[] = [];
  const { size, mtimeMs } = statSync(path);
  const summary = await analyze({
    format,
    files: [{ path, size, modified: mtimeMs }],
    scores: async (text) => void lines.push(...Buffer.from(text).toString().trimEnd().split("\n")),
    tickSeconds: 60,
    alertsPerWeek: 1,
    seed: 1,
  });
  return { summary, lines: lines.map((line) => JSON.parse(line) as { i: number; score: number; time: string }) };
}

function damaged(text: string, random: Random): Buffer {
  const bytes = Buffer.from(text);
  const at = random.below(bytes.length);
  const kind = random.below(5);
  if (kind === 0) return bytes.subarray(0, at);
  if (kind === 1) bytes[at] = random.below(256);
  else if (kind === 2) bytes.subarray(at, at + 1 + random.below(8)).fill(random.pick([0, 0x22, 0x7b, 0x3c, 0xff]));
  else if (kind === 3) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 20))]);
  else
    return Buffer.concat([
      bytes.subarray(0, at),
      Buffer.from(random.pick(["\n", "{", "9".repeat(400), "\u0000"])),
      bytes.subarray(at),
    ]);
  return bytes;
}

for (const format of formats) {
  test(`${format}: damaged lines never throw, are counted and skipped`, async (t) => {
    const seed = Math.floor(Math.random() * 1e6);
    t.diagnostic(`seed ${seed}`);
    const random = new Random(seed);
    const count = 1_500;
    const pieces = Array.from({ length: count }, (_, i) => {
      const line = sampleLine(format, i);
      return Buffer.concat([random.chance(0.3) ? damaged(line, random) : Buffer.from(line), Buffer.from("\n")]);
    });
    const { summary, lines } = await run(format, Buffer.concat(pieces));
    assert.equal(lines.length, summary.events);
    assert.ok(summary.events >= count * 0.5, `${summary.events} of ${count} read`);
    assert.ok(lines.every(({ i, score }, at) => Number.isFinite(score) && (at === 0 || i > lines[at - 1]!.i)));
    if (format !== "orthanc" && format !== "edges") assert.ok(summary.broken > 0);
  });

  test(`${format}: sound lines are all read, and gzipped ones give the same`, async () => {
    const text = Array.from({ length: 500 }, (_, i) => `${sampleLine(format, i)}\n`).join("");
    const plain = await run(format, Buffer.from(text));
    assert.deepEqual(plain.summary, { events: 500, broken: 0, outOfOrder: 0, alerts: 0 });
    assert.deepEqual((await run(format, gzipSync(text))).lines, plain.lines);
  });
}

/** As senders put many records into one document. */
const documents: [format: Format, document: (records: unknown[]) => unknown][] = [
  ["cloudtrail", (records) => ({ Records: records })],
  ["cloudtrail", (records) => ({ Events: records.map((record) => ({ CloudTrailEvent: JSON.stringify(record) })) })],
  [
    "fhir-auditevent",
    (records) => ({ resourceType: "Bundle", type: "searchset", entry: records.map((resource) => ({ resource })) }),
  ],
  ["ocsf", (records) => records],
  ["events", (records) => records],
];

for (const [index, [format, document]] of documents.entries())
  test(`${format}: one document of many records is read as a line each is (${index})`, async () => {
    const records = Array.from({ length: 9_000 }, (_, i) => sampleLine(format, i));
    const { lines, summary } = await run(format, Buffer.from(records.join("\n")));
    assert.equal(summary.broken, 0);
    const whole = document(records.map((record) => JSON.parse(record) as unknown));
    for (const indent of [0, 2])
      assert.deepEqual((await run(format, Buffer.from(JSON.stringify(whole, null, indent)))).lines, lines);
  });

test("a whole file of noise is read to its end", async () => {
  const random = new Random(7);
  const noise = Buffer.from(Array.from({ length: 200_000 }, () => random.below(256)));
  for (const format of formats) assert.equal((await run(format, noise)).lines.length < 100, true, format);
  assert.ok(readFileSync(join(folder, "events.log")).equals(noise));
});
