/** Verification, and replication to and restore from a folder, of the same bytes against the usual tools in the same run. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layoutOf, verifyArchive } from "../../src/vault/index.ts";
import { FolderTarget } from "../../src/vault/replica/index.ts";
import { replicate, restore } from "./copying.ts";
import { fill, type Home, homeIn } from "./made.ts";
import { filesIn, goal, has, megabytesOf, print, type Rate, rateOf, seconds } from "./measure.ts";

export async function bytesBench(objects: number): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "holdfast-bytes-"));
  try {
    const home = homeIn(join(root, "home"));
    await fill(home, objects);
    const files = [layoutOf(home.data).vault, layoutOf(home.data).journal].flatMap(filesIn);
    const megabytes = megabytesOf(files);
    const rate = rateOf(megabytes);
    print(`${objects} objects of 512 KiB, ${Math.round(megabytes)} MB`);
    await verification(home, files, rate);
    await folders(root, home, rate);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function verification({ data, keyFile }: Home, files: string[], rate: Rate): Promise<void> {
  spawnSync("cat", files, { stdio: "ignore" }); // both from the system's cache
  const sum = await seconds(() => spawnSync("sha256sum", files));
  const verified = await seconds(() => verifyArchive({ dataFolder: data, keyFile }));
  print(`  verify ${rate(verified)}, sha256sum ${rate(sum)}: ratio ${goal(sum / verified, "least", 0.7)}`);
}

async function folders(root: string, home: Home, rate: Rate): Promise<void> {
  const target = new FolderTarget(join(root, "replica"));
  const copied = await seconds(async () => {
    await cp(home.data, join(root, "copy"), { recursive: true });
    execFileSync("sync", ["-f", root]);
  });
  const replicated = await replicate(home, target);
  const restored = await restore(home, target, join(root, "back"));
  print(`  folder: replicate ${rate(replicated)}, restore ${rate(restored)}; plain copy and sync ${rate(copied)}`);
  if (!has("restic")) return void print("  restic is not installed");
  restic(root, "init");
  const backup = await seconds(() => restic(root, "backup", home.data));
  const back = await seconds(() => restic(root, "restore", "latest", "--target", join(root, "restic-back")));
  print(
    `  restic ${rate(backup)} in, ${rate(back)} out: ratios ${(backup / replicated).toFixed(2)}, ${(back / restored).toFixed(2)}`,
  );
}

function restic(root: string, ...words: string[]): void {
  const env = { ...process.env, RESTIC_PASSWORD: "bench", RESTIC_CACHE_DIR: join(root, "cache") };
  execFileSync("restic", ["-q", "-r", join(root, "restic"), ...words], { env, stdio: ["ignore", "ignore", "inherit"] });
}
