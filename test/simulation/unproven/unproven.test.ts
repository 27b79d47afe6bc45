/** What a killed process had not synced is proved anew before anything rests on it; and the proof can fail. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const part = fileURLToPath(new URL("./part.ts", import.meta.url));

async function worldsThatLost(...planted: string[]): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--no-deprecation", part, ...planted]);
  return Number(stdout);
}

test("a sync that failed under a killed process takes nothing from what is acknowledged later", async () => {
  assert.equal(await worldsThatLost(), 0);
});

test("planted: another sync, without another write, is taken for proof", async () => {
  assert.ok((await worldsThatLost("planted")) > 3);
});
