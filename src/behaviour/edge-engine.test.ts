/** The conformance suite of an online detector: what must hold whatever the stream. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HoldfastError } from "../core/index.ts";
import { EdgeEngine, type EdgeEngineOptions } from "./edge-engine.ts";
import { explain, technique } from "./explain.ts";
import { type Hash64, hashText } from "./stats/hash.ts";

type Edge = [source: string, target: string, seconds: number];

const small: EdgeEngineOptions = {
  limits: { sources: 1_024, targets: 1_024, pairs: 2_048 },
  alerts: { alertsPerWeek: 1, entities: 1_024 },
};

function feed(engine: EdgeEngine, edges: readonly Edge[], from = 0): { scores: number[]; alarms: number[] } {
  const [source, target]: [Hash64, Hash64] = [
    { high: 0, low: 0 },
    { high: 0, low: 0 },
  ];
  const alarms: number[] = [];
  const scores = edges.map(([a, b, seconds], i) => {
    hashText(a, 1, source);
    hashText(b, 1, target);
    const before = { ...source };
    const score = engine.observe(source, target, seconds, from + i);
    assert.deepEqual(source, before, "inputs stay as they were");
    if (engine.alarm) alarms.push(from + i);
    return score;
  });
  return { scores, alarms };
}

const name = fc.constantFrom("a", "b", "c", "d", "e", "f");
const anyTime = fc.oneof(fc.integer({ min: 0, max: 1e6 }), fc.constantFrom(0, 1e9, -1e9, 1e15, 0.001));
const stream = fc.array(fc.tuple(name, name, anyTime), { maxLength: 200 });

test("scores are finite and not negative, whatever the times, orders and duplicates", () => {
  fc.assert(
    fc.property(stream, (edges) => {
      for (const score of feed(new EdgeEngine(small), [...edges, ...edges]).scores) {
        assert.ok(Number.isFinite(score) && score >= 0, String(score));
      }
    }),
    { numRuns: 200 },
  );
});

test("equal streams give equal scores; a snapshot at any point continues byte for byte", () => {
  fc.assert(
    fc.property(stream, fc.nat(200), (edges, cut) => {
      const whole = new EdgeEngine(small);
      const all = feed(whole, edges);
      const before = new EdgeEngine(small);
      const first = feed(before, edges.slice(0, cut));
      const after = new EdgeEngine(small);
      after.restore(before.snapshot());
      const second = feed(after, edges.slice(cut), Math.min(cut, edges.length));
      assert.deepEqual([...first.scores, ...second.scores], all.scores);
      assert.deepEqual([...first.alarms, ...second.alarms], all.alarms);
      assert.deepEqual(after.snapshot(), whole.snapshot());
    }),
    { numRuns: 100 },
  );
});

test("an old event changes nothing but counts as of now", () => {
  const late = new EdgeEngine(small);
  const timely = new EdgeEngine(small);
  const edges = office(5);
  feed(late, edges);
  feed(timely, edges);
  const last = edges.at(-1)![2];
  assert.deepEqual(feed(late, [["x", "y", 0]]), feed(timely, [["x", "y", last]]));
  assert.deepEqual(late.snapshot(), timely.snapshot());
});

test("memory is bounded by the limits, under keys that never repeat", () => {
  const engine = new EdgeEngine(small);
  const flood = (n: number): Edge[] => Array.from({ length: n }, (_, i) => [`s${i}-${n}`, `t${i}-${n}`, i]);
  feed(engine, flood(20_000));
  const bytes = engine.bytes;
  feed(engine, flood(60_000));
  assert.equal(engine.bytes, bytes);
  assert.ok(bytes < 3_000_000, `${bytes} bytes`);
});

test("a snapshot of something else is refused", () => {
  const engine = new EdgeEngine(small);
  const refused = (error: unknown) => error instanceof HoldfastError && error.code === "storage/format";
  assert.throws(() => engine.restore(new Uint8Array(0)), refused);
  assert.throws(() => engine.restore(new Uint8Array(1_000)), refused);
  const good = new EdgeEngine(small).snapshot();
  assert.throws(() => engine.restore(good.subarray(0, good.length - 8)), refused);
  assert.throws(() => engine.restore(Buffer.concat([good, new Uint8Array(8)])), refused);
});

test("a stranger that sweeps, a flood and a known account that sweeps all stand out and alert; the office does not", () => {
  const days = 40;
  const start = days * 86_400 + 10 * 3_600;
  const attacks: Record<string, Edge[]> = {
    scan: Array.from({ length: 200 }, (_, i): Edge => ["stranger", `host${i}`, start + i]),
    flood: Array.from({ length: 5_000 }, (_, i): Edge => ["stranger", "server1", start + i / 20]),
    sweep: Array.from({ length: 400 }, (_, i): Edge => ["user3", `record${i}`, start + i * 2]),
  };
  const trained = new EdgeEngine();
  const benign = feed(trained, office(days));
  assert.deepEqual(benign.alarms, [], "no alert on ordinary days");
  const ordinary = [...benign.scores].sort((a, b) => a - b)[Math.floor(benign.scores.length * 0.99)]!;
  for (const [kind, edges] of Object.entries(attacks)) {
    const engine = new EdgeEngine();
    engine.restore(trained.snapshot());
    const { scores, alarms } = feed(engine, edges);
    const above = scores.filter((score) => score > ordinary).length / scores.length;
    assert.ok(above > 0.7, `${kind}: ${above} above the 99 % quantile of ordinary scores`);
    assert.ok(alarms.length > 0, `${kind} alerts`);
    assert.ok(alarms.length <= 2, `${kind}: one incident, not ${alarms.length}`);
    const [finding] = engine.findings();
    assert.match(explain(finding!, { source: "S", target: "T" }), /S|T/);
    assert.match(technique(engine.findings()), /^T1\d{3}/);
  }
});

/** Ten users who open records and servers in work hours, a little differently every day. */
function office(days: number): Edge[] {
  const edges: Edge[] = [];
  for (let day = 0; day < days; day++) {
    for (let user = 0; user < 10; user++) {
      for (let visit = 0; visit < 20 + ((user * 7 + day * 3) % 11); visit++) {
        const at = day * 86_400 + 8 * 3_600 + visit * 1_400 + ((user * 37 + day * 101 + visit * 53) % 900);
        const target =
          visit % 3 === 0 ? `server${(user + visit) % 4}` : `record${(user * 31 + visit * 17 + day * 5) % 400}`;
        for (let k = 0; k <= (visit + day) % 4; k++) edges.push([`user${user}`, target, at + k * 20]);
      }
    }
  }
  return edges.sort((a, b) => a[2] - b[2]);
}
