/** The server's own upkeep of keys: orders to erase that are due, and root keys that leave the key file. */
import type { Logger } from "pino";
import type { OpenArchive } from "../../../src/archive/index.ts";
import { keepKeySettled } from "../../../src/cli/compose/keys.ts";
import type { Replicas } from "../../../src/cli/compose/replicas.ts";
import type { Disk } from "../disk/disk.ts";

export class Keeper {
  /** What it could not do and should have. */
  readonly complaints: string[] = [];
  readonly #end: () => Promise<void>;

  constructor(archive: OpenArchive, disk: Disk, replicas: () => { entries: number }[]) {
    const { boot } = disk;
    const log = {
      warn() {},
      error: ({ code }: { code: string }) => {
        if (disk.boot === boot && code === "internal/error") this.complaints.push(code);
      },
    };
    const status = replicas as Replicas["status"];
    this.#end = keepKeySettled(archive, { status }, log as unknown as Logger);
    disk.onFall(() => void this.#end());
  }

  end(): Promise<void> {
    return this.#end();
  }
}
