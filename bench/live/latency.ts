/** From the end of an access to its assessment, at a steady rate, through the real journal and the real thread. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openArchive } from "../../src/archive/index.ts";
import type { AccessEvent } from "../../src/core/index.ts";
import { quantile, startBehaviour } from "../../src/response/live/index.ts";

const users = 60;
const patients = 20_000;
/** ms between handfuls of events. */
const pulse = 5;

export async function measureLatency(rate: number, seconds: number, say: (text: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-latency-"));
  const place = { dataFolder: join(folder, "data"), keyFile: join(folder, "key.json") };
  try {
    await using archive = await openArchive(place);
    await using live = startBehaviour({ ...place, durable: archive.durableEntries, alertsPerWeek: 1 });
    while (live.state().position === 0) {
      await archive.flush();
      await sleep(50);
    }
    const began = Date.now();
    let sent = 0;
    let worstLag = 0;
    for (;;) {
      const now = Date.now();
      const due = Math.min(rate * seconds, Math.floor(((now - began) / 1000) * rate));
      while (sent < due) archive.record(access(sent++, now));
      if (sent >= rate * seconds) break;
      worstLag = Math.max(worstLag, live.state().lag);
      await sleep(pulse);
    }
    const took = (Date.now() - began) / 1000;
    await archive.flush();
    while (live.state().lag > 0) await sleep(5);
    const { latency, events, memory, remarks } = live.state();
    const below = (share: number) => `${quantile(latency, share)} ms`;
    const mean = (latency.sum / latency.count).toFixed(1);
    say(`${sent} accesses at ${(sent / took).toFixed(0)}/s; ${events} assessed, ${remarks} remarks`);
    say(
      `latency, access to assessment: mean ${mean} ms, p50 ≤ ${below(0.5)}, p99 ≤ ${below(0.99)}, p99.9 ≤ ${below(0.999)}`,
    );
    say(`most entries behind at once ${worstLag}; engine's tables ${(memory / 1e6).toFixed(0)} MB`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Staff of a large department: each has patients of the day, and now and then another's. */
function access(index: number, now: number): AccessEvent {
  const user = (index * 7919) % users;
  const far = index % 50 === 0;
  const patient = far ? (index * 104_729) % patients : user * 20 + (index % 20);
  return {
    time: new Date(now).toISOString(),
    activity: index % 3 === 0 ? "query" : "read",
    status: "success",
    protocol: "dicomweb",
    operation: index % 3 === 0 ? "QIDO-RS" : "WADO-RS",
    actor: { user: { name: `user${user}`, type: "person" }, app: "viewer", session: `s${user}` },
    src_endpoint: { ip: `10.0.0.${user}`, port: 40_000 + user },
    resources: [{ level: "study", patient_id: `P${patient}`, study_uid: `2.25.${patient}` }],
    count: { objects: 1 + (index % 40) },
    traffic: { bytes_out: 525_000 },
    duration: 0,
  };
}
