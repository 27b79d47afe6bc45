/** An attack of which the archive hears only when it is back: nobody watched it, and the process was killed. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { makeObject } from "../support/made-object.ts";
import { killServers, type ServerProcess, startServer } from "../support/server.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-late-"));
after(() => {
  killServers();
  rmSync(root, { recursive: true });
});

const hour = 3_600_000;
const clock = pathToFileURL(fileURLToPath(new URL("../../bench/attack/fast-clock.ts", import.meta.url))).href;
const later = (hours: number) => ({
  NODE_OPTIONS: `--import=${clock}`,
  BENCH_CLOCK_ORIGIN: String(Date.now()),
  BENCH_CLOCK_FACTOR: "1",
  BENCH_CLOCK_AHEAD: String(hours * hour),
});

async function keyOf({ url }: ServerProcess, name: string, days: number): Promise<{ id: string; token: string }> {
  const response = await fetch(`${url}/api/v1/keys`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, role: "physicist", scopes: ["store"], days }),
  });
  assert.equal(response.status, 200);
  const { key, token } = (await response.json()) as { key: { id: string }; token: string };
  return { id: `key:${key.id}`, token };
}

async function sendExecutable({ url }: ServerProcess, token: string, instance: number): Promise<void> {
  const file = Buffer.from(makeObject({ instance }).file);
  file.write("MZ", 0, "latin1");
  const headers = { "content-type": "application/dicom", authorization: `Bearer ${token}` };
  await fetch(`${url}/dicom-web/studies`, { method: "POST", headers, body: file });
}

interface Alert {
  subject: { principal: string };
  late?: number;
  onlyAsks?: boolean;
  decision?: { measures: { action: string; outcome: string }[] };
}

async function alertsOf({ url }: ServerProcess, count: number): Promise<Alert[]> {
  for (let tries = 0; ; tries++) {
    const { alerts } = (await (await fetch(`${url}/api/v1/alerts`)).json()) as { alerts: Alert[] };
    if (alerts.length >= count || tries === 200) return alerts;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

test("an attack just before a long outage raises its alert afterwards, and contains whoever could go on", async () => {
  const data = join(mkdtempSync(join(root, "data-")), "data");
  const first = await startServer(data);
  const lasting = await keyOf(first, "lasting", 10);
  const ending = await keyOf(first, "ending", 1 / 24);
  await first.stop();
  const unwatched = await startServer(data, [], { HOLDFAST_BEHAVIOUR_LIVE: "false" });
  await sendExecutable(unwatched, lasting.token, 1);
  await sendExecutable(unwatched, ending.token, 2);
  await unwatched.kill();

  const back = await startServer(data, [], later(3));
  const alerts = await alertsOf(back, 2);
  const of = (id: string) => alerts.find(({ subject }) => subject.principal === id);
  for (const { id } of [lasting, ending]) assert.ok(of(id)!.late! >= 3 * hour - 60_000, `${id} is told, as late`);
  assert.deepEqual(
    of(lasting.id)!.decision?.measures.map(({ action, outcome }) => [action, outcome]),
    [["read-only", "taken"]],
  );
  assert.equal(of(ending.id)!.onlyAsks, true);
  assert.deepEqual(
    of(ending.id)!.decision?.measures.map(({ action, outcome }) => [action, outcome]),
    [["read-only", "asked"]],
  );
  await back.stop();
  const again = await startServer(data, [], later(6));
  assert.equal((await alertsOf(again, 2)).length, 2, "none of it twice");
});
