/** Acts that change keys or remove files, gone down at each of their disk operations: nothing is lost, all is green. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const part = fileURLToPath(new URL("./part.ts", import.meta.url));

for (const [act, least] of [
  ["exchange", 20],
  ["collect", 10],
  ["erase", 20],
] as const)
  test(`${act}, interrupted at each operation`, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--no-deprecation", part, act]);
    for (const [how, falls] of Object.entries(JSON.parse(stdout) as Record<string, number>))
      assert.ok(falls > least, `${falls} times by ${how}`);
  });
