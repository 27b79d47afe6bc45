import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { testLog } from "../../../test/support/log.ts";
import { type OpenArchive, openArchive } from "../../archive/index.ts";
import { defaultAlertOptions, EventEngine } from "../../behaviour/index.ts";
import type { AccessEvent } from "../../core/index.ts";
import { openGate } from "../../gate/testing/index.ts";
import { createHttpServer } from "../../http/index.ts";
import { layoutOf, readJournal, readKeyring, readManifest } from "../../vault/index.ts";
import { assessEntry, isRemarkable } from "./assess.ts";
import { type LiveBehaviour, startBehaviour } from "./client.ts";
import { directiveKey, directives } from "./directives.ts";
import type { Remark } from "./feed.ts";
import { readSnapshot } from "./snapshot-file.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-live-"));
after(() => rmSync(root, { recursive: true, force: true }));

const places = (name: string) => ({ dataFolder: join(root, name), keyFile: join(root, `${name}.key.json`) });

function start(archive: OpenArchive, name: string, events = 1e9): LiveBehaviour {
  return startBehaviour({
    ...places(name),
    durable: archive.durableEntries,
    alertsPerWeek: 1,
    snapshots: { events, milliseconds: 1e9 },
  });
}

/** Weeks of users at work in event time, after the archive's own start, then one who sweeps. */
function* accesses(count: number, sweep: number): Generator<AccessEvent> {
  const begin = Date.parse("2199-01-05T00:00:00Z");
  for (let i = 0; i < count + sweep; i++) {
    const sweeping = i >= count;
    const user = sweeping ? "thief" : `user${i % 7}`;
    yield {
      time: new Date(begin + (sweeping ? count * 600_000 + (i - count) * 1000 : i * 600_000)).toISOString(),
      activity: "read",
      status: "success",
      protocol: "dicomweb",
      operation: "WADO-RS",
      actor: { user: { name: user } },
      src_endpoint: { ip: `10.0.0.${sweeping ? 99 : i % 7}` },
      resources: [{ level: "patient", patient_id: sweeping ? `P${i}` : `P${(i % 7) + 7 * (Math.floor(i / 7) % 5)}` }],
    };
  }
}

async function caughtUp(archive: OpenArchive, live: LiveBehaviour): Promise<void> {
  await archive.flush();
  while (live.state().lag > 0 || live.state().position === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** What the engine makes of the journal's first `limit` entries, read in one go. */
async function replay(name: string, limit = Number.POSITIVE_INFINITY) {
  const { dataFolder, keyFile } = places(name);
  const layout = layoutOf(dataFolder);
  const manifest = (await readManifest(layout.manifest))!;
  const keyring = await readKeyring(keyFile, manifest, randomBytes);
  const engine = new EventEngine({ alerts: { ...defaultAlertOptions, alertsPerWeek: 1 }, seed: 1 });
  const remarks: number[] = [];
  for await (const run of readJournal(layout.journal, manifest.archive, keyring)) {
    for (const entry of run) {
      if (entry.seq >= limit) continue;
      const assessment = assessEntry(engine, entry)?.assessment;
      if (assessment && isRemarkable(assessment)) remarks.push(entry.seq);
    }
  }
  return { state: engine.snapshot(), remarks };
}

test("what is journaled is assessed once, in order; the remarkable is told; a snapshot is what a replay gives", async () => {
  const told: Remark[] = [];
  {
    await using archive = await openArchive(places("order"));
    await using live = start(archive, "order", 700);
    live.subscribe({ remark: (remark) => void told.push(remark) });
    for (const event of accesses(6_000, 300)) archive.record(event);
    await caughtUp(archive, live);
    const state = live.state();
    assert.equal(state.events, 6_301, "with the archive's own start");
    assert.equal(state.failed, 0);
    while (told.length < state.remarks) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(state.latency.count > 0);
  }
  const { facts, state } = (await readSnapshot(layoutOf(places("order").dataFolder).behaviour))!;
  assert.equal(facts.events, 6_301);
  const plain = await replay("order", facts.position);
  assert.ok(Buffer.from(state).equals(plain.state));
  assert.ok(told.length > 50);
  assert.deepEqual(
    told.map(({ seq }) => seq),
    plain.remarks,
  );
  assert.equal(told[0]!.event.actor.user?.name, "thief");
  assert.ok(told.every(({ live }) => live));
});

test("a new start goes on at the snapshot, or at the first entry when it is damaged, gone or another journal's", async () => {
  const file = layoutOf(places("order").dataFolder).behaviour;
  const whole = readFileSync(file);
  const seen = (await readSnapshot(file))!.facts.position;
  const damage: Record<string, () => void> = {
    whole: () => {},
    damaged: () => {
      const bytes = Buffer.from(whole);
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(file, bytes);
    },
    gone: () => rmSync(file),
    "of another journal": () => writeFileSync(file, readFileSync(layoutOf(places("other").dataFolder).behaviour)),
  };
  {
    await using archive = await openArchive(places("other"));
    await using live = start(archive, "other");
    await caughtUp(archive, live);
  }
  for (const [name, apply] of Object.entries(damage)) {
    apply();
    const told: Remark[] = [];
    await using archive = await openArchive(places("order"));
    {
      await using live = start(archive, "order");
      live.subscribe({ remark: (remark) => void told.push(remark) });
      await caughtUp(archive, live);
    }
    const { facts, state } = (await readSnapshot(file))!;
    const plain = await replay("order", facts.position);
    assert.deepEqual(
      told.map(({ seq }) => seq),
      plain.remarks.filter((seq) => seq >= (name === "whole" ? seen : 0)),
      name,
    );
    assert.ok(Buffer.from(state).equals(plain.state), name);
  }
});

test("no snapshot passes what a listener has not dealt with; what is known already is left out", async () => {
  await using archive = await openArchive(places("order"));
  const file = layoutOf(places("order").dataFolder).behaviour;
  rmSync(file);
  const gate = Promise.withResolvers<void>();
  const told: number[] = [];
  await using live = start(archive, "order", 1);
  live.subscribe({ remark: () => gate.promise });
  live.subscribe({ after: 6_200, remark: ({ seq }) => void told.push(seq) });
  await caughtUp(archive, live);
  for (const event of accesses(2, 0)) {
    await new Promise((resolve) => setTimeout(resolve, 300)); // a snapshot may be on its way to disk
    archive.record(event);
    await caughtUp(archive, live);
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  const held = existsSync(file) ? (await readSnapshot(file))!.facts.position : 0;
  const first = (await replay("order")).remarks[0]!;
  assert.ok(held <= first, `held at ${held}, first remark ${first}`);
  assert.ok(told.length > 0 && told.every((seq) => seq > 6_200));
  gate.resolve();
  await live[Symbol.asyncDispose]();
  assert.equal((await readSnapshot(file))!.facts.position, live.state().position);
});

test("planned work and verdicts come by the journal: heeded, kept by a replay, taken back; nonsense is left out", async () => {
  const admin: AccessEvent = {
    time: "2199-01-05T00:00:00.000Z",
    activity: "admin",
    status: "success",
    protocol: "api",
    operation: "planned-work.put",
    actor: { user: { name: "root" } },
    src_endpoint: {},
  };
  const plan = (id: string) => ({ id, from: 1, to: 2, names: ["a"], hosts: ["h"], activities: ["read"], reason: "r" });
  const verdict = { id: "v", actor: "a", verdict: "benign", detectors: ["volume"], reason: "r", expires: 9e9 };
  const put = (collection: string, id: string, value: unknown) => ({
    collection,
    key: directiveKey("clinic", id),
    value,
  });
  {
    await using archive = await openArchive(places("directed"));
    await using live = start(archive, "directed");
    for (const changes of [
      [put(directives.planned, "p", plan("p")), put(directives.planned, "q", plan("q"))],
      [put(directives.verdicts, "v", verdict), put(directives.planned, "q", null)],
      [put(directives.planned, "x", { id: "x" }), put(directives.verdicts, "y", 7), put("peers", "z", plan("z"))],
    ])
      await archive.change(admin, changes);
    await caughtUp(archive, live);
    assert.equal(live.state().failed, 0);
  }
  const engine = new EventEngine({ alerts: { ...defaultAlertOptions, alertsPerWeek: 1 }, seed: 1 });
  const { facts, state } = (await readSnapshot(layoutOf(places("directed").dataFolder).behaviour))!;
  engine.restore(state);
  assert.deepEqual(engine.planned("clinic"), [plan("p")]);
  assert.deepEqual(engine.verdicts("clinic"), [verdict]);
  assert.ok(Buffer.from(state).equals((await replay("directed", facts.position)).state));
});

test("the API and the metrics tell how far it is", async () => {
  await using archive = await openArchive(places("told"));
  await using live = start(archive, "told");
  for (const event of accesses(200, 0)) archive.record(event);
  await caughtUp(archive, live);
  const status = () => ({ version: "0", startedAt: 0 });
  const gate = await openGate(archive, { strangers: "loopback" });
  const server = await createHttpServer({ archive, gate, behaviour: live, status, log: testLog });
  const base = await server.listen({ host: "127.0.0.1", port: 0 });
  try {
    const state = (await (await fetch(`${base}/api/v1/behaviour`)).json()) as Record<string, unknown>;
    assert.deepEqual([state["running"], state["events"], state["position"], state["lag"]], [true, 201, 201, 0]);
    assert.equal((state["latency"] as { count: number }).count, live.state().latency.count);
    const metrics = await (await fetch(`${base}/metrics`)).text();
    assert.match(metrics, /^holdfast_behaviour_events_total 201$/m);
    assert.match(metrics, /^holdfast_behaviour_lag_entries 0$/m);
    assert.match(metrics, /^holdfast_behaviour_latency_seconds_bucket\{le="\+Inf"\} \d+$/m);
    assert.match(metrics, /^# TYPE holdfast_behaviour_latency_seconds histogram$/m);
  } finally {
    await server.close();
  }
});
