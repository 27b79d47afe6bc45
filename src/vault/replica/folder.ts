import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { replaceFile } from "../durable.ts";
import type { ReplicaTarget, Stored } from "./target.ts";

/** A second disk or a mounted share. It protects from loss; from an attacker only if this machine cannot write over it. */
export class FolderTarget implements ReplicaTarget {
  readonly place: string;

  constructor(folder: string) {
    this.place = folder;
  }

  async add(name: string, bytes: Buffer): Promise<void> {
    const path = join(this.place, name);
    const there = await readFile(path).catch(() => undefined);
    if (there?.equals(bytes)) return;
    await mkdir(dirname(path), { recursive: true });
    await replaceFile(path, bytes);
  }

  async *list(prefix: string): AsyncGenerator<Stored> {
    const one = await stat(join(this.place, prefix)).catch(() => undefined);
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

  close(): void {}
}
