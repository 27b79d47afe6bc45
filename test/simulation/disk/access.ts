/** From a path or handle to a node of a simulated disk, and the way that every operation goes. */
import { world } from "../world/world.ts";
import { type Disk, Fallen, type Operation, systemError } from "./disk.ts";
import { FileNode, FolderNode, type Node } from "./node.ts";

export interface Place {
  disk: Disk;
  parts: string[];
}

export function placeOf(path: string | URL): Place {
  const parts = String(path)
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  const disk = world().disks.get(parts[0] ?? "");
  if (!disk) throw new Error(`${path} is on no simulated disk`);
  return { disk, parts: parts.slice(1) };
}

export const parentOf = ({ disk, parts }: Place): FolderNode => disk.folder(parts.slice(0, -1));
export const nameOf = ({ parts }: Place): string => parts.at(-1)!;

/** At most so many ms for one operation that others may overtake. */
const slowest = 2;

/** One operation: some time passes, it may fail, the machine may go down; then it takes effect at once. */
export async function operate<T>(disk: Disk, boot: number, operation: Operation, effect: () => T): Promise<T> {
  const { random } = disk.world;
  if (random.chance(0.3)) await disk.world.sleep(random.next() * slowest);
  try {
    disk.step(operation, boot);
    return effect();
  } catch (error) {
    if (error instanceof Fallen) return new Promise(() => {}); // whoever waits is gone
    throw error;
  }
}

export interface Opened {
  disk: Disk;
  boot: number;
  node: Node;
  name: string;
  append: boolean;
}

export function openAt(place: Place, flags: string): Opened {
  const { disk } = place;
  const opened = { disk, boot: disk.boot, name: nameOf(place), append: flags.startsWith("a") };
  const there = disk.find(place.parts);
  if (there) {
    if (flags.includes("x")) throw systemError("EEXIST", "open");
    if (flags.startsWith("w") && there instanceof FileNode) there.truncate(0);
    return { ...opened, node: there };
  }
  if (flags.startsWith("r")) throw systemError("ENOENT", "open");
  const node = new FileNode();
  parentOf(place).change([nameOf(place), node]);
  return { ...opened, node };
}

export function fileOf({ node }: Opened): FileNode {
  if (node instanceof FileNode) return node;
  throw systemError("EISDIR", "read");
}

export function readInto(file: FileNode, into: Uint8Array, offset: number, length: number, at: number): number {
  const from = file.bytes.subarray(at, at + length);
  into.set(from, offset);
  return from.length;
}

/** A write that fails may have written a part. */
export function writeSome(opened: Opened, bytes: Buffer, at: number): number {
  const file = fileOf(opened);
  try {
    opened.disk.step("write", opened.boot);
  } catch (error) {
    const part = bytes.subarray(0, opened.disk.world.random.int(0, bytes.length));
    if (!(error instanceof Fallen) && part.length > 0) file.write(part, at);
    throw error;
  }
  const { random } = opened.disk.world;
  const some = random.chance(0.02) ? bytes.subarray(0, random.int(1, bytes.length)) : bytes;
  if (some.length > 0) file.write(some, at);
  return some.length;
}

export function syncNow(opened: Opened): void {
  const { disk, boot, node, name } = opened;
  const folder = node instanceof FolderNode;
  try {
    disk.step(folder ? "syncFolder" : "sync", boot, name);
  } catch (error) {
    if (!(error instanceof Fallen) && node instanceof FileNode) node.failSync(disk.world.random);
    throw error;
  }
  node.sync();
}

export function missingIsFine<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
