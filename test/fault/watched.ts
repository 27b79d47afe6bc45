/**
 * An archive with its engine in a process of its own, under a stream of accesses: `watched.ts DATA KEY SEED` prints the
 * numbers of the remarks that its listener has dealt with, one a line, until it is killed.
 */
import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openArchive } from "../../src/archive/index.ts";
import type { AccessEvent } from "../../src/core/index.ts";
import { startBehaviour } from "../../src/response/live/index.ts";
import { seeded } from "./crash.ts";

const self = fileURLToPath(import.meta.url);

/** Kills it so many ms after it began. @returns what it had dealt with */
export async function killAmidAccesses(
  place: { dataFolder: string; keyFile: string },
  seed: number,
  milliseconds: number,
): Promise<number[]> {
  const child = spawn(process.execPath, [self, place.dataFolder, place.keyFile, String(seed)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const dealtWith: number[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (line === "started") void sleep(milliseconds).then(() => child.kill("SIGKILL"));
    else dealtWith.push(Number(line));
  }
  await ended;
  return dealtWith;
}

/** Hours of ordinary work, in event time, with a sweep now and then. */
function* accesses(seed: number): Generator<AccessEvent> {
  const random = seeded(seed);
  let time = Date.parse("2199-01-05T00:00:00Z") + seed * 30 * 86_400_000;
  for (let i = 0; ; i++) {
    const sweeping = i % 3_000 > 2_900;
    time += sweeping ? 1_000 : 300_000;
    const user = Math.floor(random() * 9);
    yield {
      time: new Date(time).toISOString(),
      activity: "read",
      status: "success",
      protocol: "dicomweb",
      operation: "WADO-RS",
      actor: { user: { name: sweeping ? "thief" : `user${user}` } },
      src_endpoint: { ip: `10.0.0.${sweeping ? 99 : user}` },
      resources: [{ level: "patient", patient_id: `P${sweeping ? i : user * 5 + Math.floor(random() * 5)}` }],
    };
  }
}

async function run(dataFolder: string, keyFile: string, seed: number): Promise<void> {
  const archive = await openArchive({ dataFolder, keyFile });
  const snapshots = { events: 400, milliseconds: 20 };
  const live = startBehaviour({ dataFolder, keyFile, durable: archive.durableEntries, alertsPerWeek: 1, snapshots });
  live.subscribe({ remark: ({ seq }) => void writeSync(1, `${seq}\n`) });
  writeSync(1, "started\n");
  let count = 0;
  for (const event of accesses(seed)) {
    archive.record(event);
    if (++count % 20 === 0) await sleep(2);
  }
}

if (process.argv[1] === self) await run(process.argv[2]!, process.argv[3]!, Number(process.argv[4]));
