/**
 * Kills the server at random instants while the behaviour engine is at work, with snapshots as often as they can be:
 * `node test/fault/behaviour-kill.ts --kills 100 --seed 1`. After each restart the engine's state is that of a plain
 * replay of the journal.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openArchive } from "../../src/archive/index.ts";
import { defaultAlertOptions, EventEngine } from "../../src/behaviour/index.ts";
import { assessEntry, isRemarkable, readSnapshot, startBehaviour } from "../../src/response/live/index.ts";
import { layoutOf, readJournal, readKeyring, readManifest } from "../../src/vault/index.ts";
import { seeded } from "./crash.ts";
import { killAmidAccesses } from "./watched.ts";

const alertsPerWeek = 1;

export interface BehaviourKillReport {
  kills: number;
  entries: number;
  remarks: number;
  /** Starts that went on at a snapshot that a killed process had left. */
  resumed: number;
}

export async function behaviourKillTest(
  kills: number,
  seed: number,
  say: (text: string) => void,
): Promise<BehaviourKillReport> {
  const random = seeded(seed);
  const folder = await mkdtemp(join(tmpdir(), "holdfast-behaviour-kill-"));
  const place = { dataFolder: join(folder, "data"), keyFile: join(folder, "key.json") };
  const dealtWith = new Set<number>();
  const report: BehaviourKillReport = { kills, entries: 0, remarks: 0, resumed: 0 };
  try {
    for (let kill = 0; kill < kills; kill++) {
      for (const seq of await killAmidAccesses(place, seed * 1000 + kill, 100 + random() * 900)) dealtWith.add(seq);
      const snapshot = await readSnapshot(layoutOf(place.dataFolder).behaviour);
      if (snapshot && snapshot.facts.position > 0) report.resumed++;
      const entries = await check(place, dealtWith);
      report.entries = entries;
      say(`kill ${kill + 1} of ${kills}: ${entries} entries, snapshot at ${snapshot?.facts.position ?? 0}`);
    }
    report.remarks = dealtWith.size;
    return report;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Starts, catches up and stops; then compares with a plain replay. @returns the journal's length */
async function check(place: { dataFolder: string; keyFile: string }, dealtWith: Set<number>): Promise<number> {
  {
    await using archive = await openArchive(place);
    await using live = startBehaviour({ ...place, durable: archive.durableEntries, alertsPerWeek });
    live.subscribe({ remark: ({ seq }) => void dealtWith.add(seq) });
    await archive.flush();
    while (live.state().position === 0 || live.state().lag > 0) await sleep(5);
  }
  const layout = layoutOf(place.dataFolder);
  const manifest = (await readManifest(layout.manifest))!;
  const keyring = await readKeyring(place.keyFile, manifest, randomBytes);
  const { facts, state } = (await readSnapshot(layout.behaviour))!;
  const engine = new EventEngine({ alerts: { ...defaultAlertOptions, alertsPerWeek }, seed: 1 });
  const figures = { events: 0, remarks: 0 };
  for await (const run of readJournal(layout.journal, manifest.archive, keyring)) {
    for (const entry of run) {
      if (entry.seq >= facts.position) continue;
      const assessed = assessEntry(engine, entry);
      if (!assessed) continue;
      figures.events++;
      if (!assessed.assessment || !isRemarkable(assessed.assessment)) continue;
      figures.remarks++;
      assert.ok(dealtWith.has(entry.seq), `the remark on entry ${entry.seq} was lost`);
    }
  }
  assert.deepEqual({ events: facts.events, remarks: facts.remarks }, figures, "assessed twice, or not at all");
  assert.ok(Buffer.from(state).equals(engine.snapshot()), "the state is not that of a plain replay");
  return facts.position;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { kills: { type: "string", default: "100" }, seed: { type: "string", default: "1" } },
  });
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const report = await behaviourKillTest(Number(values.kills), Number(values.seed), say);
  say(
    `${report.kills} kills, seed ${values.seed}: ${report.entries} entries, ${report.remarks} remarks; ` +
      `${report.resumed} starts from a snapshot of a killed process; every state is that of a plain replay`,
  );
}
