/**
 * Recovery in figures: replication and restore against a plain copy and restic on a local folder, verification against
 * sha256sum of the same bytes, the time from nothing to the first object read. As-of reads: bench/catalogue.ts.
 * node bench/recovery/main.ts [--objects N] (512 KiB each, default 400)
 */
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { copyFile, cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openArchive } from "../../src/archive/index.ts";
import { layoutOf, openKeyFile, readManifest, verifyArchive } from "../../src/vault/index.ts";
import { FolderTarget, Replicator, restoreReplica } from "../../src/vault/replica/index.ts";
import { makeObject } from "../../test/support/made-object.ts";

const { values: options } = parseArgs({ options: { objects: { type: "string", default: "400" } } });
const objects = Number(options.objects);
const objectSize = 512 * 1024;
const root = mkdtempSync(join(tmpdir(), "holdfast-recovery-"));
const [home, replica, fresh] = ["home", "replica", "fresh"].map((name) => join(root, name)) as [string, string, string];
const data = join(home, "data");
const keyFile = join(home, "key.json");

async function seconds(act: () => unknown): Promise<number> {
  const begun = performance.now();
  await act();
  return (performance.now() - begun) / 1000;
}

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const files = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name));

async function fill(): Promise<void> {
  await using archive = await openArchive({ dataFolder: data, keyFile, compression: "off" });
  for (let instance = 1; instance <= objects; instance++) {
    const { file } = makeObject({ instance, pixels: objectSize });
    randomBytes(objectSize - 1024).copy(file, file.length - objectSize + 512);
    const sink = archive.store({ actor: {}, src: {}, protocol: "internal", operation: "bench" }, { form: "file" });
    await sink.write(file);
    const outcome = await sink.end();
    if (!outcome.ok) throw new Error(outcome.code);
  }
}

/** Read from an archive that a restore made, up to the first bytes of an object. */
async function firstRead(folder: string): Promise<void> {
  await using archive = await openArchive({ dataFolder: join(folder, "data"), keyFile });
  const [ref] = await archive.resolve({ sopInstanceUid: [makeObject({ instance: 1 }).sopInstanceUid] });
  for await (const _ of archive.open(ref!).file()) return;
}

function restic(...words: string[]): void {
  const env = { ...process.env, RESTIC_PASSWORD: "bench", RESTIC_CACHE_DIR: join(root, "cache") };
  execFileSync("restic", ["-q", "-r", join(root, "restic"), ...words], { env, stdio: ["ignore", "ignore", "inherit"] });
}

try {
  await fill();
  const vault = [layoutOf(data).vault, layoutOf(data).journal].flatMap(files);
  const megabytes = vault.reduce((sum, path) => sum + statSync(path).size, 0) / 1e6;
  const rate = (spent: number): string => `${Math.round(megabytes / spent)} MB/s`;
  const manifest = (await readManifest(layoutOf(data).manifest))!;
  const { archive, keyring } = await openKeyFile(keyFile, randomBytes);
  const target = new FolderTarget(replica);
  const replicator = new Replicator({
    dataFolder: data,
    manifest,
    keyring,
    target,
    now: Date.now,
    wait: async () => {},
  });
  print(`${objects} objects, ${Math.round(megabytes)} MB`);
  const sum = await seconds(() => spawnSync("sha256sum", vault));
  const verified = await seconds(() => verifyArchive({ dataFolder: data, keyFile }));
  print(`verify ${rate(verified)}, sha256sum ${rate(sum)}: ratio ${(sum / verified).toFixed(2)}`);
  const copied = await seconds(async () => {
    await cp(data, join(root, "copy"), { recursive: true });
    execFileSync("sync", ["-f", root]);
  });
  const replicated = await seconds(() => replicator.round());
  print(`replicate to a folder ${rate(replicated)}, plain copy and sync ${rate(copied)}`);
  await copyFile(keyFile, join(root, "key.json"));
  let first = 0;
  const restored = await seconds(() => restoreReplica({ target, archive, keyring, dataFolder: join(fresh, "data") }));
  first = restored + (await seconds(() => firstRead(fresh)));
  print(`restore, every byte checked ${rate(restored)}; first object read ${first.toFixed(1)} s after nothing`);
  if (spawnSync("restic", ["version"]).status === 0) {
    restic("init");
    const [backup, back] = [
      await seconds(() => restic("backup", data)),
      await seconds(() => restic("restore", "latest", "--target", join(root, "back"))),
    ];
    print(
      `restic ${rate(backup)} in, ${rate(back)} out: ratios ${(backup / replicated).toFixed(2)}, ${(back / restored).toFixed(2)}`,
    );
  } else print("restic is not installed");
} finally {
  rmSync(root, { recursive: true, force: true });
}
