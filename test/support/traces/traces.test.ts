import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { complaintsOf, searchTraces } from "./leaks.ts";
import { folderVariable } from "./traces.ts";

const planted = fileURLToPath(new URL("planted.ts", import.meta.url));
const collect = new URL("collect.ts", import.meta.url).href;

/** What is found after a process like those of a test run, leaking as told. */
function complaintsAfter(t: TestContext, leak: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-traces-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const env = { ...process.env, [folderVariable]: folder, HOLDFAST_TEST_FILE: "planted", NODE_OPTIONS: "" };
  execFileSync(process.execPath, [`--import=${collect}`, planted, leak], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return complaintsOf(searchTraces(folder), true);
}

test("a run that leaks nothing passes the search", (t) => {
  assert.deepEqual(complaintsAfter(t, "nothing"), []);
});

for (const [leak, wanted] of [
  ["logs", /^planted: logs hold what a test marked as private, quirk-4711: .*denied to read QUIRK-4711/],
  ["metrics", /^planted: metrics hold a UID of a data set, 1\.2\.826\.0\.1\.3680043\.10\.511\.1: .*planted\{study=/],
  ["errors", /^planted: errors hold a person's name \(PN\), Test\^QUIRK-: .*Nobody is called/],
  ["secrets", /^planted: logs hold what a test marked as private, open sesame, please: .*a login failed/],
] as const)
  test(`a planted leak into ${leak} is found, and the test file named`, (t) => {
    const complaints = complaintsAfter(t, leak).filter((each) => wanted.test(each));
    assert.equal(complaints.length, 1);
  });

test("a run that collected nothing proves nothing", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-traces-"));
  t.after(() => rmSync(folder, { recursive: true }));
  assert.equal(complaintsOf(searchTraces(folder), true).length, 3);
  assert.deepEqual(complaintsOf(searchTraces(folder), false), []);
});

test("keys, hashes, authenticators' secrets and private keys are known by their form; UIDs of the standard are no data", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-traces-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const texts = [
    `hf_${"0a".repeat(9)}_${"x".repeat(43)}`,
    "$argon2id$v=19$m=65536",
    `master ${Buffer.alloc(32, 7).toString("base64")}`,
    "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "-----BEGIN EC PRIVATE KEY-----",
    "SOP class 1.2.840.10008.5.1.4.1.1.2 from 192.0.2.1",
  ];
  for (const text of texts) appendFileSync(join(folder, "logs-1-0.jsonl"), `${JSON.stringify({ from: "x", text })}\n`);
  assert.equal(searchTraces(folder).leaks.length, 5);
});
