/**
 * A power cut at a replica in a folder: it lies in a file-system image, and what the kernel had not written is lost in the
 * copy. As a program, `replica-power-cut.ts HOME REPLICA` stores and replicates until it is killed, and prints the entries of
 * each recovery point that it has stated.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openArchive } from "../../src/archive/index.ts";
import { verifyArchive } from "../../src/vault/index.ts";
import { FolderTarget } from "../../src/vault/replica/index.ts";
import { makeObject } from "../support/made-object.ts";
import { replicatorOf } from "../support/replicator.ts";
import { seeded } from "./crash.ts";
import { Image } from "./power-cut.ts";
import { restore } from "./replicated.ts";

const self = fileURLToPath(import.meta.url);

/** @returns entries that came back @throws AssertionError when fewer did than were stated, or others */
export async function replicaPowerCut(seed: number): Promise<number> {
  const random = seeded(seed);
  const base = await mkdtemp(join(tmpdir(), "holdfast-replica-power-"));
  const [disk, copy] = [new Image(base, "disk", "64M"), new Image(base, "copy")];
  disk.mount();
  try {
    const home = await mkdtemp(join(base, "home-"));
    const stated = await statedBefore(home, disk, copy, 2 + Math.floor(random() * 4), random() * 200);
    copy.mount();
    try {
      const into = await mkdtemp(join(base, "into-"));
      const { point } = await restore(home, new FolderTarget(join(copy.folder, "replica")), into);
      assert.ok(point.entries >= stated, `${point.entries} of ${stated} entries came back`);
      const { problems } = await verifyArchive({ dataFolder: join(into, "data"), keyFile: join(into, "key.json") });
      assert.deepEqual(problems, []);
      return point.entries;
    } finally {
      copy.unmount();
    }
  } finally {
    disk.unmount();
    await rm(base, { recursive: true });
  }
}

/** Runs until so many points are stated and so many ms more. @returns entries of the last of them */
async function statedBefore(home: string, disk: Image, copy: Image, points: number, more: number): Promise<number> {
  const words = [self, home, join(disk.folder, "replica")];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let [stated, count, known] = [0, 0, 0];
  const cut = async (): Promise<void> => {
    await sleep(more); // anywhere within a round
    child.kill("SIGSTOP");
    await sleep(50); // what it had said arrives
    known = stated;
    disk.copyTo(copy);
    child.kill("SIGKILL");
  };
  let cutting: Promise<void> | undefined;
  for await (const line of createInterface(child.stdout)) {
    stated = Number(line);
    if (++count === points) cutting = cut();
  }
  await ended;
  await cutting;
  assert.ok(known > 0, "it ended before it had stated anything");
  return known;
}

async function run(home: string, replica: string): Promise<void> {
  const archive = { dataFolder: join(home, "data"), keyFile: join(home, "key.json") };
  const context = { actor: {}, src: {}, protocol: "internal", operation: "test" };
  for (let instance = 1; ; instance++) {
    {
      await using opened = await openArchive(archive); // closing writes a checkpoint, and rounds go by these
      const sink = opened.store(context, { form: "file" });
      await sink.write(makeObject({ instance, pixels: 20_000 }).file);
      assert.equal((await sink.end()).ok, true);
    }
    const replicator = await replicatorOf(archive, new FolderTarget(replica));
    await replicator.round();
    writeSync(1, `${replicator.point!.entries}\n`);
  }
}

if (process.argv[1] === self) await run(process.argv[2]!, process.argv[3]!);
