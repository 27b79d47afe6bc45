/** node:fs/promises on simulated disks: what the system under test uses of it. */
import {
  fileOf,
  nameOf,
  type Opened,
  openAt,
  operate,
  parentOf,
  placeOf,
  readInto,
  syncNow,
  writeSome,
} from "./access.ts";
import { systemError } from "./disk.ts";
import { FileNode, FolderNode } from "./node.ts";

const descriptors = new Map<number, Opened>();
let nextDescriptor = 1_000;

/** The open file behind a descriptor. */
export function behind(descriptor: number): Opened {
  const opened = descriptors.get(descriptor);
  if (!opened) throw systemError("EBADF", "read");
  return opened;
}

export function registerOpened(opened: Opened): number {
  descriptors.set(nextDescriptor, opened);
  return nextDescriptor++;
}

export function forget(descriptor: number): void {
  descriptors.delete(descriptor);
}

/** Between two histories. */
export function closeAll(): void {
  descriptors.clear();
}

type Bytes = string | Uint8Array;
const bufferOf = (bytes: Bytes): Buffer => Buffer.from(bytes as Uint8Array);

class SimulatedHandle {
  readonly fd: number;
  readonly #opened: Opened;

  constructor(opened: Opened) {
    this.#opened = opened;
    this.fd = registerOpened(opened);
  }

  stat() {
    const { disk, boot } = this.#opened;
    return operate(disk, boot, "stat", () => ({ size: fileOf(this.#opened).bytes.length }));
  }

  async read(into: Uint8Array, offset = 0, length = into.length - offset, at = 0) {
    const { disk, boot } = this.#opened;
    const bytesRead = await operate(disk, boot, "read", () => readInto(fileOf(this.#opened), into, offset, length, at));
    return { bytesRead, buffer: into };
  }

  async write(bytes: Uint8Array, offset = 0, length = bytes.length - offset, at?: number) {
    const bytesWritten = await this.#do(() =>
      writeSome(this.#opened, Buffer.from(bytes.subarray(offset, offset + length)), at ?? this.#end),
    );
    return { bytesWritten, buffer: bytes };
  }

  async writeFile(bytes: Bytes) {
    const all = bufferOf(bytes);
    for (let done = 0; done < all.length; ) done += (await this.write(all, done, all.length - done, done)).bytesWritten;
  }

  truncate(size = 0) {
    const { disk, boot } = this.#opened;
    return operate(disk, boot, "write", () => fileOf(this.#opened).truncate(size));
  }

  datasync() {
    return this.#do(() => syncNow(this.#opened));
  }

  sync() {
    return this.datasync();
  }

  async close() {
    forget(this.fd);
  }

  get #end(): number {
    return fileOf(this.#opened).bytes.length;
  }

  /** For what steps the disk itself. */
  async #do<T>(effect: () => T): Promise<T> {
    const { disk } = this.#opened;
    if (disk.world.random.chance(0.3)) await disk.world.sleep(disk.world.random.next());
    try {
      return effect();
    } catch (error) {
      if (error instanceof Error && "code" in error) throw error;
      return new Promise(() => {});
    }
  }
}

export async function open(path: string, flags = "r", _mode?: number): Promise<SimulatedHandle> {
  const place = placeOf(path);
  const { disk } = place;
  const operation = flags.startsWith("r") ? "open" : "create";
  return new SimulatedHandle(await operate(disk, disk.boot, operation, () => openAt(place, flags)));
}

export function mkdir(path: string, options: { recursive?: boolean; mode?: number } = {}): Promise<string | undefined> {
  const { disk, parts } = placeOf(path);
  return operate(disk, disk.boot, "folder", () => {
    let first: string | undefined;
    for (let depth = 1; depth <= parts.length; depth++) {
      const folder = parts.slice(0, depth);
      if (disk.find(folder)) continue;
      if (!options.recursive && depth < parts.length) throw systemError("ENOENT", "mkdir");
      disk.folder(folder.slice(0, -1)).change([folder.at(-1)!, new FolderNode()]);
      first ??= `/${disk.name}/${folder.join("/")}`;
    }
    return first;
  });
}

const entry = (parentPath: string, name: string, node: FileNode | FolderNode) => ({
  name,
  parentPath,
  isFile: () => node instanceof FileNode,
  isDirectory: () => node instanceof FolderNode,
});

function* entries(folder: FolderNode, path: string, recursive: boolean): Generator<ReturnType<typeof entry>> {
  for (const [name, node] of folder.names) {
    yield entry(path, name, node);
    if (recursive && node instanceof FolderNode) yield* entries(node, `${path}/${name}`, true);
  }
}

export function readdir(path: string, options: { recursive?: boolean; withFileTypes?: boolean } = {}) {
  const { disk, parts } = placeOf(path);
  return operate(disk, disk.boot, "list", () => {
    const found = [...entries(disk.folder(parts), path, options.recursive ?? false)];
    return options.withFileTypes ? found : found.map(({ name }) => name);
  });
}

export async function readFile(path: string, encoding?: BufferEncoding): Promise<Buffer | string> {
  const place = placeOf(path);
  const { disk } = place;
  const bytes = await operate(disk, disk.boot, "read", () => fileOf(openAt(place, "r")).bytes);
  return encoding ? bytes.toString(encoding) : Buffer.from(bytes);
}

export function stat(path: string) {
  const { disk, parts } = placeOf(path);
  return operate(disk, disk.boot, "stat", () => {
    const node = disk.find(parts);
    if (!node) throw systemError("ENOENT", "stat");
    return {
      size: node instanceof FileNode ? node.bytes.length : 0,
      isFile: () => node instanceof FileNode,
      isDirectory: () => node instanceof FolderNode,
    };
  });
}

export function rename(from: string, to: string): Promise<void> {
  const [source, target] = [placeOf(from), placeOf(to)];
  const { disk } = source;
  return operate(disk, disk.boot, "rename", () => {
    const [here, there] = [parentOf(source), parentOf(target)];
    const node = here.names.get(nameOf(source));
    if (!node) throw systemError("ENOENT", "rename");
    if (here === there) here.change([nameOf(target), node], [nameOf(source), undefined]);
    else {
      there.change([nameOf(target), node]);
      here.change([nameOf(source), undefined]);
    }
  });
}

export function rm(path: string, options: { force?: boolean; recursive?: boolean } = {}): Promise<void> {
  const place = placeOf(path);
  const { disk } = place;
  return operate(disk, disk.boot, "remove", () => {
    if (disk.find(place.parts)) parentOf(place).change([nameOf(place), undefined]);
    else if (!options.force) throw systemError("ENOENT", "rm");
  });
}

export const unlink = (path: string): Promise<void> => rm(path);

export async function copyFile(from: string, to: string): Promise<void> {
  const bytes = (await readFile(from)) as Buffer;
  const handle = await open(to, "w");
  await handle.writeFile(bytes);
  await handle.close();
}

export async function writeFile(path: string, bytes: Bytes): Promise<void> {
  const handle = await open(path, "w");
  await handle.writeFile(bytes);
  await handle.close();
}

export async function chmod(): Promise<void> {}
