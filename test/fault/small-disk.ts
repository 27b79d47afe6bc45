/** A file system of a few megabytes, in memory, that a test can fill to its last byte. */
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function cannotMountTmpfs(): string | undefined {
  return process.getuid?.() === 0 ? undefined : "mounting a small file system needs root";
}

const megabyte = Buffer.alloc(1024 * 1024);

export class SmallDisk {
  readonly folder: string;
  readonly #base = mkdtempSync(join(tmpdir(), "holdfast-small-"));

  /** @param size MiB */
  constructor(size: number) {
    this.folder = join(this.#base, "disk");
    mkdirSync(this.folder);
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}m`, "tmpfs", this.folder]);
  }

  /** Takes so many MiB, or what there is. */
  fill(most = Number.POSITIVE_INFINITY): void {
    const filler = openSync(join(this.folder, "filler"), "a");
    try {
      for (let taken = 0; taken < most; taken++)
        for (let done = 0; done < megabyte.length; ) done += writeSync(filler, megabyte, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    } finally {
      closeSync(filler);
    }
  }

  /** Gives back what was taken. */
  empty(): void {
    rmSync(join(this.folder, "filler"));
  }

  remove(): void {
    execFileSync("umount", [this.folder]);
    rmSync(this.#base, { recursive: true });
  }
}
