/** `holdfast alerts` from the finding to its closure, and `alerts watch` over a kill of the server. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { makeObject } from "../../test/support/made-object.ts";
import { killServers, mainFile, type ServerProcess, startServer } from "../../test/support/server.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-alerts-cli-"));
after(() => rmSync(root, { recursive: true }));
afterEach(killServers);

interface Shown {
  id: string;
  seq: number;
  state: string;
}

/** An executable in a preamble: what the engine alerts of by itself. */
async function strike(server: ServerProcess, instance: number): Promise<void> {
  const bytes = Buffer.from(makeObject({ instance }).file);
  bytes.write("MZ", 0, "latin1");
  const head = Buffer.from("\r\n--cut\r\nContent-Type: application/dicom\r\n\r\n");
  const body = Buffer.concat([head, bytes, Buffer.from("\r\n--cut--\r\n")]);
  const headers = { "content-type": 'multipart/related; type="application/dicom"; boundary=cut' };
  await fetch(`${server.url}/dicom-web/studies`, { method: "POST", headers, body });
}

async function analyst(server: ServerProcess): Promise<string> {
  const scopes = ["alerts.read", "alerts.manage", "containment.read", "containment.manage"];
  const answer = await fetch(`${server.url}/api/v1/keys`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "soc", role: "security-analyst", scopes }),
  });
  return ((await answer.json()) as { token: string }).token;
}

const linesOf = (text: string): Shown[] =>
  text
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line) as Shown);

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail("it never came to hold");
}

test("an alert is worked on from the command line, and watched over a kill without a gap or a repetition", async () => {
  const data = join(mkdtempSync(join(root, "run-")), "data");
  const first = await startServer(data);
  const token = await analyst(first);
  const env = { ...process.env, HOLDFAST_TOKEN: token };
  const holdfast = (...words: string[]): Promise<{ code: number; shown: Shown[]; stderr: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [mainFile, ...words, "--url", first.url, "--json"], { env }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, shown: linesOf(stdout), stderr }),
      );
    });
  const watch = spawn(process.execPath, [mainFile, "alerts", "watch", "--after", "0", "--url", first.url, "--json"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    let watched = "";
    watch.stdout.setEncoding("utf8").on("data", (text: string) => {
      watched += text;
    });
    await strike(first, 1);
    await until(async () => (await holdfast("alerts", "list", "--state", "new")).shown.length === 1);
    const { id } = (await holdfast("alerts", "list")).shown[0]!;
    assert.equal((await holdfast("alerts", "acknowledge", id)).shown[0]?.state, "acknowledged");
    assert.equal((await holdfast("alerts", "acknowledge", id)).code, 3, "once only");
    await until(() => linesOf(watched).some(({ state }) => state === "acknowledged"));
    await first.kill();
    const port = new URL(first.url).port;
    const second = await startServer(data, ["--http-port", port]);
    assert.equal((await holdfast("alerts", "assign", id, "--to", "user:sam")).shown[0]?.state, "in progress");
    assert.equal((await holdfast("alerts", "comment", id, "--text", "our own test file")).code, 0);
    assert.equal((await holdfast("alerts", "close", id, "--reason", "duplicate", "--days", "3")).code, 2);
    assert.equal((await holdfast("alerts", "close", id, "--reason", "training or test")).shown[0]?.state, "closed");
    assert.equal((await holdfast("alerts", "show", id)).shown[0]?.state, "closed");
    assert.equal((await holdfast("alerts", "show", "none")).code, 1);
    assert.equal((await holdfast("alerts", "close", id, "--reason", "odd")).code, 2);
    await until(() => linesOf(watched).some(({ state }) => state === "closed"));
    const seqs = linesOf(watched).map(({ seq }) => seq);
    const { shown } = await holdfast("alerts", "show", id);
    assert.deepEqual(
      seqs,
      [...new Set(seqs)].sort((a, b) => a - b),
      "in order, none twice",
    );
    assert.equal(seqs.at(-1), shown[0]?.seq);
    assert.equal(await second.stop(), 0);
  } finally {
    watch.kill("SIGTERM");
  }
});
