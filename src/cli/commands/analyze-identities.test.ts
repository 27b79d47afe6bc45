import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runHere } from "../testing/command.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-identities-"));
after(() => rmSync(root, { recursive: true }));

const look = (i: number, name: string): string =>
  JSON.stringify({
    time: new Date(1_776_654_000_000 + i * 60_000).toISOString(),
    activity: "read",
    status: "success",
    protocol: "dicomweb",
    operation: "WADO-RS",
    actor: { user: { name } },
    src_endpoint: { ip: "10.0.0.1" },
    resources: [{ level: "study", study_uid: `1.2.${i % 40}` }],
  });

/** Names by turns, for a week; then one of them takes what it never took. */
function logOf(...names: string[]): string {
  const usual = Array.from({ length: 10_000 }, (_, i) =>
    look(i, i % 2 === 0 ? names[i % names.length]! : `user:u${i % 8}`),
  );
  const theft = Array.from({ length: 300 }, (_, i) =>
    look(10_000, names[i % names.length]!).replace('"1.2.', `"1.9.${i}.`),
  );
  return [...usual, ...theft].join("\n");
}

async function analyzed(log: string, ...more: string[]): Promise<{ code: number; scores: string; alerts: string }> {
  writeFileSync(join(root, "log.jsonl"), log);
  const words = ["analyze", "--format", "events", "--scores", "scores.jsonl", "--alerts", "alerts.jsonl", "log.jsonl"];
  const { code } = await runHere([...words, ...more], root);
  const read = (name: string) => readFileSync(join(root, name), "utf8");
  return { code, scores: read("scores.jsonl"), alerts: read("alerts.jsonl") };
}

test("analyze --identities: names stated to be one are scored and told as one, others stay who they are", async () => {
  const one = await analyzed(logOf("user:anna"));
  const apart = await analyzed(logOf("user:anna", "anna@clinic.example"));
  assert.match(apart.scores, /anna@clinic\.example/);
  assert.notEqual(apart.scores, one.scores);
  writeFileSync(join(root, "identities.json"), JSON.stringify({ "user:anna": ["anna@clinic.example", "user:anna"] }));
  const joined = await analyzed(logOf("user:anna", "anna@clinic.example"), "--identities", "identities.json");
  assert.deepEqual(joined, one);
  assert.match(one.alerts, /user:anna/);
});

test("identities that contradict themselves, or are none, are refused before anything is read", async () => {
  const refused = ["[]", "{", '{"a":"b"}', '{"a":[""]}', '{"a":["c"],"b":["c"]}', '{"a":["b"],"b":["c"]}'];
  for (const text of refused) {
    writeFileSync(join(root, "identities.json"), text);
    assert.notEqual((await analyzed(look(0, "user:anna"), "--identities", "identities.json")).code, 0, text);
  }
  const words = ["analyze", "--format", "edges", "--scores", "s.jsonl", "--identities", "identities.json", "log.jsonl"];
  assert.notEqual((await runHere(words, root)).code, 0);
});
