import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ignoredSources } from "./repository.ts";

test("no file among the sources is one that git ignores", () => {
  assert.deepEqual(ignoredSources(), []);
});

test("a planted fixture that git ignores is caught", () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-ignored-"));
  try {
    execFileSync("git", ["init", "-q"], { cwd: folder });
    mkdirSync(join(folder, "src", "testing"), { recursive: true });
    writeFileSync(join(folder, ".gitignore"), "*.log\n");
    writeFileSync(join(folder, "src", "testing", "sample.log"), "");
    writeFileSync(join(folder, "src", "testing", "sample.txt"), "");
    assert.deepEqual(ignoredSources(folder), ["src/testing/sample.log"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
