/** From nothing to the first readable plan: a replica and the key file, and a machine that has only the program. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layoutOf, openKeyFile, readManifest } from "../../src/vault/index.ts";
import { FolderTarget, Replicator } from "../../src/vault/replica/index.ts";
import type { MadeObject } from "../../test/support/made-object.ts";
import { killServers, startServer } from "../../test/support/server.ts";
import { fill, homeIn, newestPlan, widen } from "./made.ts";
import { filesIn, goal, megabytesOf, print } from "./measure.ts";

export async function firstPlanBench(objects: number, instances: number): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "holdfast-plan-"));
  try {
    const [home, fresh] = [homeIn(join(root, "home")), homeIn(join(root, "fresh"))];
    await fill(home, objects);
    const wide = Math.max(0, instances - objects);
    if (wide > 0) await widen(home, wide);
    const replica = join(root, "replica");
    const manifest = (await readManifest(layoutOf(home.data).manifest))!;
    const { keyring } = await openKeyFile(home.keyFile, randomBytes);
    const target = new FolderTarget(replica);
    const options = { dataFolder: home.data, manifest, keyring, target, now: Date.now, wait: async () => {} };
    await new Replicator(options).round();
    const megabytes = Math.round(megabytesOf(filesIn(replica)));
    mkdirSync(join(root, "fresh"));
    await copyFile(home.keyFile, fresh.keyFile);
    rmSync(home.data, { recursive: true });
    await measured(megabytes, replica, fresh, newestPlan(wide || objects), objects + wide);
  } finally {
    killServers();
    rmSync(root, { recursive: true, force: true });
  }
}

async function measured(
  megabytes: number,
  replica: string,
  { data, keyFile }: { data: string; keyFile: string },
  plan: MadeObject,
  instances: number,
): Promise<void> {
  const begun = performance.now();
  const since = (): number => (performance.now() - begun) / 1000;
  const server = await startServer(data, ["--key-file", keyFile], {}, ["restore", "--from", replica, "--serve"]);
  const serving = since();
  const { studyUid, seriesUid, sopInstanceUid, file } = plan;
  const url = `${server.url}/dicom-web/studies/${studyUid}/series/${seriesUid}/instances/${sopInstanceUid}`;
  for (;;) {
    const answer = await fetch(url, { headers: { accept: "application/dicom; transfer-syntax=*" } });
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.status === 200 && bytes.equals(file)) break;
    if (answer.status !== 503) throw new Error(`the plan is answered with ${answer.status}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const first = since();
  const ready = async (): Promise<Restore> =>
    ((await (await fetch(`${server.url}/readyz`)).json()) as { restore: Restore }).restore;
  const restore = await ready();
  print(
    `  replica of ${megabytes} MB and ${instances} instances: serving after ${serving.toFixed(1)} s, first plan read after ${goal(first, "most", 10)} s, ` +
      `when ${Math.round((restore.bytes / restore.of) * 100)} % had arrived`,
  );
  for (let at = await ready(); at.cataloguing; at = await ready())
    await new Promise((resolve) => setTimeout(resolve, 200));
  print(`  all of it catalogued, and storing, after ${since().toFixed(0)} s`);
  await server.stop();
}

interface Restore {
  bytes: number;
  of: number;
  cataloguing?: { entries: number; of: number };
}
