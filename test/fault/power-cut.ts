/**
 * A power cut: the archive lives in a file-system image; the server is frozen under load, the image copied as the disk
 * would be found, and the copy mounted and checked. What the kernel had not written is lost in the copy.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkArchive } from "./check.ts";
import { seeded } from "./crash.ts";
import { type Acknowledged, acknowledging, send } from "./sender.ts";
import { serve } from "./served.ts";

/** Whether this machine lets us mount images; else why not. */
export function cannotMount(): string | undefined {
  if (process.getuid?.() !== 0) return "mounting an image needs root";
  try {
    const folder = mkdtempSync(join(tmpdir(), "holdfast-mount-"));
    const image = new Image(folder, "probe", "8M");
    image.mount();
    image.unmount();
    rmSync(folder, { recursive: true });
    return undefined;
  } catch {
    return "this machine mounts no loop images";
  }
}

export class Image {
  readonly file: string;
  readonly folder: string;

  constructor(base: string, name: string, size?: string) {
    this.file = join(base, `${name}.img`);
    this.folder = join(base, name);
    mkdirSync(this.folder);
    if (!size) return;
    run("truncate", "-s", size, this.file);
    run("mkfs.ext4", "-q", "-F", this.file);
  }

  mount(): void {
    run("mount", "-o", "loop", this.file, this.folder);
  }

  unmount(): void {
    run("umount", this.folder);
  }

  /** What the disk holds now, and the cache may hold beyond it. */
  copyTo(other: Image): void {
    run("cp", "--sparse=always", this.file, other.file);
  }
}

function run(program: string, ...parameters: string[]): void {
  execFileSync(program, parameters, { stdio: "pipe" });
}

/** Returns how many acknowledged objects the copy had. @throws AssertionError when one is missing or altered. */
export async function powerCutTest(seed: number): Promise<number> {
  const random = seeded(seed);
  const base = mkdtempSync(join(tmpdir(), "holdfast-power-"));
  const disk = new Image(base, "disk", "768M");
  const copy = new Image(base, "copy");
  const acknowledged: Acknowledged = { objects: new Map(), failures: [] };
  disk.mount();
  try {
    const served = await serve({ folder: disk.folder });
    const size = (index: number): number => (index % 10 === 9 ? 400_000 : 2 + Math.floor(random() * 20_000) * 2);
    const sending = send(
      { port: served.dicomPort, prefix: `2.25.${seed}`, associations: 4, count: 10_000, size },
      acknowledged,
    );
    await acknowledging(acknowledged, 20 + Math.floor(random() * 200));
    await sleep(random() * 30); // anywhere within a batch
    served.child.kill("SIGSTOP");
    await sleep(50); // answers already on the wire arrive
    const known = { ...acknowledged, objects: new Map(acknowledged.objects) };
    disk.copyTo(copy);
    served.child.kill("SIGKILL");
    await Promise.all([sending, served.ended]);
    copy.mount();
    try {
      await checkArchive(copy.folder, known);
    } finally {
      copy.unmount();
    }
    return known.objects.size;
  } finally {
    disk.unmount();
    rmSync(base, { recursive: true });
  }
}
