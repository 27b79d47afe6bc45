import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder, replaceFile, syncFolder } from "../durable.ts";
import type { ReplicaTarget, Stored } from "./target.ts";

/** A second disk or a mounted share. It protects from loss; from an attacker only if this machine cannot write over it. */
export class FolderTarget implements ReplicaTarget {
  readonly place: string;
  /** Folders whose names are durable up to the top. */
  readonly #durable = new Set<string>();

  constructor(folder: string) {
    this.place = folder;
  }

  /** Written again even where it is: what a broken try left may not be durable. */
  async add(name: string, bytes: Buffer): Promise<void> {
    const path = join(this.place, name);
    const folder = dirname(path);
    if (!this.#durable.has(folder)) await makeFolder(folder, this.place);
    this.#durable.add(folder);
    await replaceFile(path, bytes);
  }

  async *list(prefix: string): AsyncGenerator<Stored> {
    const one = await stat(join(this.place, prefix)).catch(() => undefined);
    // What a broken try left may have its name in the system's cache alone; found, it counts.
    if (one)
      await syncFolder(one.isFile() ? dirname(join(this.place, prefix)) : join(this.place, prefix)).catch(
        unlessReadOnly,
      );
    if (one?.isFile()) {
      yield { name: prefix, size: one.size };
      return;
    }
    const names = await readdir(join(this.place, prefix), { recursive: true, withFileTypes: true }).catch(() => []);
    const files = names.filter((each) => each.isFile() && !each.name.startsWith("."));
    const paths = files.map((each) => join(each.parentPath, each.name)).sort();
    for (const path of paths) yield { name: path.slice(join(this.place, "/").length), size: (await stat(path)).size };
  }

  read({ name }: Stored): Promise<Buffer> {
    return readFile(join(this.place, name));
  }

  newest(name: string): Promise<Buffer | undefined> {
    return readFile(join(this.place, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
  }

  close(): void {}
}

/** Where nothing can be written there is nothing that is not yet durable. */
function unlessReadOnly(error: NodeJS.ErrnoException): void {
  if (!["EROFS", "EINVAL", "EACCES", "EPERM"].includes(error.code ?? "")) throw error;
}
