/** The very first start, killed: between key file and manifest too, the next start is that of the same archive. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openArchive } from "../../src/archive/index.ts";
import { need } from "../support/need.ts";

const archive = new URL("../../src/archive/index.ts", import.meta.url).href;
const start = (dataFolder: string, keyFile: string): string =>
  `const { openArchive } = await import(${JSON.stringify(archive)});
   await (await openArchive(${JSON.stringify({ dataFolder, keyFile })})).close();`;

test("killed as each file gets its name, the first start goes on with the key file that is there", {
  skip: need("strace"),
}, async (t) => {
  for (let kill = 1; ; kill++) {
    const folder = mkdtempSync(join(tmpdir(), "holdfast-first-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const place = { dataFolder: join(folder, "data"), keyFile: join(folder, "keys", "key.json") };
    const inject = ["-e", "trace=rename", "-e", `inject=rename:signal=SIGKILL:when=${kill}`];
    const program = join(folder, "start.mjs");
    writeFileSync(program, start(place.dataFolder, place.keyFile));
    const words = ["-f", "-qq", "-o", "/dev/null", ...inject, process.execPath, program];
    const env = { ...process.env, UV_THREADPOOL_SIZE: "1" }; // strace counts the calls of each thread
    const ended = spawnSync("strace", words, { encoding: "utf8", env });
    await using opened = await openArchive(place);
    assert.equal(opened.keyFile, place.keyFile);
    await opened.flush();
    if (ended.signal === "SIGKILL" || ended.status === 137) continue;
    assert.equal(ended.status, 0, ended.stderr);
    assert.ok(kill > 4, `only ${kill - 1} files got names: ${ended.stderr}`);
    return;
  }
});
