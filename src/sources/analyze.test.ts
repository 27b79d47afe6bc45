import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { AnalyzeSummary } from "./analysis.ts";
import { analyze } from "./analyze.ts";
import { listFiles } from "./files.ts";
import { atna } from "./formats/atna.ts";
import type { Format } from "./formats/index.ts";
import { JsonValues } from "./json-values.ts";
import { sampleLine } from "./testing/samples.ts";
import { XmlMessages } from "./xml-messages.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-analyze-"));
after(() => rmSync(folder, { recursive: true }));

interface Line {
  i: number;
  time: string;
  score: number;
  actor: string;
  reasons: string[];
}

async function run(
  format: Format,
  ...paths: string[]
): Promise<{ lines: Line[]; alerts: Line[]; summary: AnalyzeSummary }> {
  const out: string[] = [];
  const alerts: string[] = [];
  const summary = await analyze({
    format,
    files: await listFiles(paths),
    scores: async (lines) => void out.push(Buffer.from(lines).toString()),
    alerts: async (lines) => void alerts.push(Buffer.from(lines).toString()),
    tickSeconds: 60,
    alertsPerWeek: 1,
    seed: 1,
  });
  const parsed = (chunks: string[]) =>
    chunks
      .join("")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  return { lines: parsed(out), alerts: parsed(alerts), summary };
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test("edges: a line per edge in input order; names, times and further columns as they come", async () => {
  const path = file(
    "plain.csv",
    'a,b,2026-04-20T03:00:00Z,attack\n"x y",b,2026-04-20T05:00:01+02:00\r\né"\\,b,1776654002\n',
  );
  const { lines, summary } = await run("edges", path);
  assert.deepEqual(
    lines.map(({ i, time, actor }) => [i, time, actor]),
    [
      [0, "2026-04-20T03:00:00.000Z", "a"],
      [1, "2026-04-20T03:00:01.000Z", "x y"],
      [2, "2026-04-20T03:00:02.000Z", 'é"\\'],
    ],
  );
  assert.deepEqual(summary, { events: 3, broken: 0, outOfOrder: 0, alerts: 0 });
  assert.ok(lines.every(({ score, reasons }) => score > 0 && reasons.length === 0));
});

test("edges: ticks, other calendars, and the label column is never read", async () => {
  const labelled = await run("edges", file("a.csv", "a,b,475,-\na,c,476,neptune\n"));
  const bare = await run("edges", file("b.csv", "a,b,475\na,c,476\n"));
  assert.deepEqual(labelled.lines, bare.lines);
  assert.deepEqual(
    labelled.lines.map(({ time }) => time),
    ["475", "476"],
  );
  const dates = await run(
    "edges",
    file("c.csv", "a,b,06/01/1998-07:55\na,b,2011/08/10 09:46:53.047277\na,b,3/7/2017 8:55\n"),
  );
  assert.deepEqual(
    dates.lines.map(({ time }) => time),
    ["1998-06-01T07:55:00.000Z", "2011-08-10T09:46:53.047Z", "2017-03-07T08:55:00.000Z"],
  );
});

test("edges: a header names the columns; broken lines are counted, skipped, and keep their index", async () => {
  const path = file(
    "header.csv",
    "timestamp;dst;src\n1776654000;b;a\n\nnonsense\n1776654001;;a\n1776654002;c;a\n1776653000;c;z\n",
  );
  const { lines, summary } = await run("edges", path);
  assert.deepEqual(
    lines.map(({ i, actor }) => [i, actor]),
    [
      [0, "a"],
      [3, "a"],
      [4, "z"],
    ],
  );
  assert.deepEqual(summary, { events: 3, broken: 2, outOfOrder: 1, alerts: 0 });
});

test("gzip and folders read as the files they hold; any cut into chunks gives the same lines", async () => {
  const rows = Array.from({ length: 50_000 }, (_, i) => `s${i % 97},t${(i * 31) % 1009},${1_776_654_000 + i}`).join(
    "\n",
  );
  const [first, second] = [
    rows.slice(0, rows.indexOf("\n", rows.length / 2) + 1),
    rows.slice(rows.indexOf("\n", rows.length / 2) + 1),
  ];
  mkdirSync(join(folder, "logs"));
  file("logs/1.csv.gz", gzipSync(first));
  file("logs/2.csv", second);
  const whole = await run("edges", file("whole.csv", rows));
  const parts = await run("edges", join(folder, "logs"));
  assert.equal(whole.lines.length, 50_000);
  assert.deepEqual(parts.lines, whole.lines);
});

test("a flood after quiet weeks is alerted once, with its reasons", async () => {
  const rows: string[] = [];
  for (let hour = 0; hour < 24 * 40; hour++) {
    for (let user = 0; user < 8; user++)
      rows.push(`user${user},server${(user + hour) % 4},${1_776_654_000 + hour * 3600 + user * 60}`);
  }
  const start = 1_776_654_000 + 24 * 40 * 3600;
  for (let k = 0; k < 3_000; k++) rows.push(`stranger,server1,${start + Math.floor(k / 50)}`);
  const { alerts, lines } = await run("edges", file("flood.csv", rows.join("\n")));
  assert.equal(alerts.length, 1);
  const [alert] = alerts as unknown as {
    i: number;
    entity: string;
    events: number[];
    technique: string;
    reasons: string[];
    risk: number;
  }[];
  assert.equal(alert!.entity, "stranger");
  assert.equal(alert!.events.at(-1), alert!.i);
  assert.ok(alert!.i - 24 * 40 * 8 < 100, "raised within the first hundred of 3,000");
  assert.ok(alert!.risk >= 0.5 && alert!.risk <= 1);
  assert.match(alert!.reasons.join("; "), /server1|stranger/);
  assert.ok(lines[alert!.i]!.reasons.length > 0);
});

test("events: a line each, broken ones skipped, and no patient in the reasons", async () => {
  const event = (i: number) => ({
    time: new Date(1_776_654_000_000 + i * 60_000).toISOString(),
    activity: "read",
    status: "success",
    protocol: "dicomweb",
    operation: "WADO-RS",
    actor: { user: { name: `user${i % 5}` } },
    src_endpoint: { ip: "10.0.0.1" },
    resources: [{ level: "patient", patient_id: `SECRET${i % 50}` }],
  });
  const rows = Array.from({ length: 40_000 }, (_, i) => JSON.stringify(event(i)));
  for (let k = 0; k < 500; k++) {
    rows.push(
      JSON.stringify({
        ...event(40_000),
        resources: [{ level: "patient", patient_id: `SECRET-${k}` }],
        actor: { user: { name: "thief" } },
      }),
    );
  }
  rows.splice(100, 0, '{"time":"2026-', "{}");
  const { lines, alerts, summary } = await run("events", file("events.jsonl", rows.join("\n")));
  assert.deepEqual({ events: summary.events, broken: summary.broken }, { events: 40_500, broken: 2 });
  assert.equal(lines[100]!.i, 102);
  assert.equal(alerts.length, 1);
  assert.doesNotMatch(JSON.stringify(alerts), /SECRET/);
  assert.doesNotMatch(lines.flatMap(({ reasons }) => reasons).join(), /SECRET/);
});

test("JSON values: a line each, pretty-printed and in arrays, cut anywhere; a broken one does not take the next along", () => {
  const values = [{ a: 1, b: "}{" }, { c: [{ d: '"' }, 2] }, { e: {} }];
  const texts = [
    values.map((v) => JSON.stringify(v)).join("\n"),
    values.map((v) => JSON.stringify(v, null, 2)).join("\n"),
    JSON.stringify(values, null, 1),
  ];
  for (const text of texts) {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (size) =>
        assert.deepEqual(jsonOf(text, size), { values, broken: 0 }),
      ),
    );
  }
  assert.deepEqual(jsonOf('{"a":1}\n{"b":\n{"c":2}\n{"d":"x\n{"e":3}\n', 7), {
    values: [{ a: 1 }, { c: 2 }, { e: 3 }],
    broken: 2,
  });
});

test("JSON values: lists of records in one line or many are unrolled, longer than any limit, and go on after a broken one", () => {
  const records = Array.from({ length: 30_000 }, (_, i) => ({
    id: i,
    note: `[{"${"x".repeat(i % 300)}`,
    in: [{ n: i }],
  }));
  const of = (kept: unknown[]) => kept.map((record) => ({ Records: [record] }));
  const whole = { note: { Records: 1 }, Records: records, more: [{ Records: [] }] };
  assert.ok(JSON.stringify(whole).length > 5 * 1024 * 1024);
  for (const indent of [0, 2])
    assert.deepEqual(jsonOf(JSON.stringify(whole, null, indent), 65_536, ["Records"]), {
      values: of(records),
      broken: 0,
    });
  const few = records.slice(0, 4);
  const line = JSON.stringify({ Records: few });
  const pretty = JSON.stringify({ Records: few }, null, 1);
  const flat = pretty.replace(/^ +/gm, "");
  const texts: [text: string, values: unknown[], broken: number][] = [
    [`${line}\n${line}`, of([...few, ...few]), 0],
    [`${line}${line}`, of([...few, ...few]), 0],
    [`${flat}\n${line}`, of([...few, ...few]), 0],
    [`${line.slice(0, line.indexOf('"id":2'))}\n${line}`, of([...few.slice(0, 2), ...few]), 1],
    [line.replace('"id":1', 'id":1'), of(few.slice(0, 1)), 1],
    [line.replace("[", "[null,7,"), of(few), 1],
    [pretty.replace('"id": 1', '"id: 1'), of([few[0], ...few.slice(2)]), 1],
    [pretty.replace('"id": 1', '"id": }'), of([few[0], ...few.slice(2)]), 1],
    ['{"a":1}\n{"b":[1,\n{"c":2}\n{"d":[\n{"e":3}\n', [{ a: 1 }, { c: 2 }, { e: 3 }], 2],
    ['{"a":"x\nnoise\n[2026] noise, too\n{"c":2}x\n', [{ c: 2 }], 3],
  ];
  for (const [text, values, broken] of texts)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), (size) =>
        assert.deepEqual(jsonOf(text, size, ["Records"]), { values, broken }, text),
      ),
      { numRuns: 20 },
    );
});

test("XML messages: between syslog headers, cut anywhere; an unfinished one is dropped", () => {
  const text =
    "<85>1 - - - - <AuditMessage>1é</AuditMessage>\n12 <AuditMessage>2<AuditMessage a='b'>\n3</AuditMessage> <AuditMessage>";
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), (size) => {
      const found: string[] = [];
      let broken = 0;
      const reader = new XmlMessages(
        "AuditMessage",
        (xml) => found.push(xml),
        () => broken++,
      );
      for (const chunk of chunks(text, size)) reader.push(chunk);
      reader.end();
      assert.deepEqual(
        [found, broken],
        [["<AuditMessage>1é</AuditMessage>", "<AuditMessage a='b'>\n3</AuditMessage>"], 2],
      );
    }),
  );
});

function jsonOf(text: string, size: number, unrolled: string[] = []): { values: unknown[]; broken: number } {
  const values: unknown[] = [];
  let broken = 0;
  const reader = new JsonValues(
    (value) => values.push(value),
    () => broken++,
    unrolled,
  );
  for (const chunk of chunks(text, size)) reader.push(chunk);
  reader.end();
  return { values, broken };
}

function chunks(text: string, size: number): Uint8Array[] {
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

test("audit messages in syslog: by line or by octet count (RFC 6587 3.4), with a byte order mark, cut anywhere", () => {
  const messages = Array.from({ length: 20 }, (_, i) => sampleLine("atna", i));
  const framings = [
    messages.join("\n"),
    messages.map((message) => `${Buffer.byteLength(message)} ${message}`).join(""),
    messages.map((message) => `${message}\r\n`).join(""),
  ];
  for (const text of framings)
    for (const size of [1, 7, 300, 1_000_000]) {
      const times: string[] = [];
      const reader = new XmlMessages(
        "AuditMessage",
        (xml) => times.push(atna.events(xml)![0]!.time),
        () => assert.fail("broken"),
      );
      for (const chunk of chunks(text, size)) reader.push(chunk);
      reader.end();
      assert.deepEqual(times.length, 20);
      assert.deepEqual(times, times.toSorted());
    }
});

test("files that overlap in time are scored in order of time, and told in order of the input", async () => {
  const all = Array.from({ length: 600 }, (_, i) => sampleLine("events", i));
  const inOrder = await run("events", file("in-order.jsonl", all.join("\n")));
  mkdirSync(join(folder, "nodes"));
  const nodes = [0, 1, 2].map((node) => all.filter((_, i) => i % 3 === node));
  nodes[1]!.splice(7, 0, "broken");
  for (const [node, lines] of nodes.entries()) file(`nodes/${node}.jsonl`, lines.join("\n"));
  const apart = await run("events", join(folder, "nodes"));
  assert.deepEqual(
    apart.lines.map(({ i }) => i),
    Array.from({ length: 601 }, (_, i) => i).filter((i) => i !== 207),
  );
  const { events, broken, outOfOrder } = apart.summary;
  assert.deepEqual([events, broken, outOfOrder > 0], [600, 1, true]);
  const byTime = apart.lines.toSorted((a, b) => a.time.localeCompare(b.time));
  const told = ({ time, score, actor, reasons }: Line) => ({ time, score, actor, reasons });
  assert.deepEqual(byTime.map(told), inOrder.lines.map(told));
});
