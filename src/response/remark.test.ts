import assert from "node:assert/strict";
import { test } from "node:test";
import type { Assessment } from "../behaviour/index.ts";
import { findingsOfRemark } from "./index.ts";

const subject = { principal: "user:a", kind: "person", roles: [], tenant: "default" } as const;
const reason = { detector: "volume", text: "Everybody together deletes 80 objects within a day" };
const alarm = {
  ...{ entity: "tenant", kind: "tenant", risk: 0.9, test: 0, level: "watch", automatic: false, events: [1], from: 0 },
  ...{ to: 1, confidence: 0.9, actors: ["user:eve", "user:a"], evidence: ["volume"], invariant: false },
  ...{ reasons: [reason], technique: "T1485", action: "" },
} as unknown as NonNullable<Assessment["alarm"]>;

function remarkOf(more: Partial<Assessment>) {
  const assessment: Assessment = {
    ...{ score: 9, risk: 0.9, ownRisk: 0.1, automatic: false, actor: "user:a", reasons: [reason.text] },
    findings: [{ detector: "volume", kind: "tenant", nats: 9, invariant: false, reason }],
    ...more,
  };
  const event = { time: "2026-04-20T08:00:00.000Z", src_endpoint: {}, actor: {} } as never;
  return { seq: 1, journaled: 1_000, assessed: 1_001, event, assessment, live: true, reread: false };
}

test("whoever does an ordinary thing while everybody together alerts is not found odd", () => {
  const found = findingsOfRemark(remarkOf({ alarm }), subject);
  assert.deepEqual(
    found.map(({ about, risk, evidence }) => [about, risk, evidence]),
    [["tenant", 0.9, ["volume"]]],
  );
  assert.deepEqual(findingsOfRemark(remarkOf({}), subject), []);
});

test("what somebody does is told apart from what everybody does, with the evidence against each alone", () => {
  const own = { detector: "dormant", kind: "principal", nats: 8, invariant: false, reason } as const;
  const findings = [own, ...remarkOf({}).assessment.findings];
  const found = findingsOfRemark(remarkOf({ alarm, findings, ownRisk: 0.8, automatic: true }), subject);
  assert.deepEqual(
    found.map(({ about, risk, evidence, automatic }) => [about, risk, evidence, automatic]),
    [
      [undefined, 0.8, ["dormant"], true],
      ["tenant", 0.9, ["volume"], false],
    ],
  );
});

test("an invariant is told however little else speaks", () => {
  const certain = { detector: "content", kind: "principal", nats: 20, invariant: true, reason } as const;
  const [found, ...rest] = findingsOfRemark(remarkOf({ findings: [certain] }), subject);
  assert.deepEqual([found?.invariant, found?.evidence, rest], [true, ["content"], []]);
});
