/** What a disk holds: files and folders, each with what is on the platter and what is only in the cache. */
import type { Random } from "../world/random.ts";

/** The unit that a disk writes whole or not at all, bytes. */
const sector = 512;
/** The unit that the cache holds clean or dirty, bytes. */
const page = 4096;

type Change = { at: number; bytes: Buffer } | { size: number };

export class FileNode {
  /** What a reader sees. */
  bytes: Buffer = Buffer.alloc(0);
  /** What is certain to be there after a power cut. */
  durable: Buffer = Buffer.alloc(0);
  #unsynced: Change[] = [];
  /** A sync has failed: the cache may hold clean what the platter lacks. */
  #apart = false;

  write(bytes: Buffer, at: number): void {
    this.#change({ at, bytes: Buffer.from(bytes) });
  }

  truncate(size: number): void {
    if (size !== this.bytes.length) this.#change({ size });
  }

  sync(): void {
    if (this.#unsynced.length > 0) this.durable = this.#apart ? this.#withDirtyPages() : Buffer.from(this.bytes);
    this.#unsynced = [];
  }

  /** The kernel could not write: what it had to write is clean now, on the platter or not, and no later sync knows. */
  failSync(random: Random): void {
    this.#apart = true;
    this.durable = this.#survivors(random);
    this.#unsynced = [];
  }

  powerCut(random: Random): void {
    this.durable = this.#survivors(random);
    this.bytes = Buffer.from(this.durable);
    this.#unsynced = [];
    this.#apart = false;
  }

  /** Flips a bit on the platter. */
  rot(at: number, bit: number): void {
    for (const image of [this.bytes, this.durable]) if (at < image.length) image[at]! ^= 1 << bit;
  }

  #change(change: Change): void {
    this.bytes = applied(this.bytes, change);
    this.#unsynced.push(change);
  }

  /** The platter with the pages that were written to since the last sync, as the cache holds them. */
  #withDirtyPages(): Buffer {
    let image = this.durable;
    for (const change of this.#unsynced) {
      if ("size" in change) image = applied(image, change);
      else {
        const from = change.at - (change.at % page);
        const to = Math.ceil((change.at + change.bytes.length) / page) * page;
        image = applied(image, { at: from, bytes: this.bytes.subarray(from, to) });
      }
    }
    return applied(image, { size: this.bytes.length });
  }

  /** Of what was not synced all, nothing, a beginning or any sectors may have been written. */
  #survivors(random: Random): Buffer {
    const fate = random.int(0, 3);
    if (fate === 0) return this.durable;
    if (fate === 1) return Buffer.from(this.bytes);
    let image = this.durable;
    const count = fate === 2 ? random.int(0, this.#unsynced.length) : this.#unsynced.length;
    for (const change of this.#unsynced.slice(0, count))
      for (const part of fate === 2 ? [change] : sectorsOf(change))
        if (fate === 2 || random.chance(0.5)) image = applied(image, part);
    return Buffer.from(image);
  }
}

function applied(image: Buffer, change: Change): Buffer {
  const { length } = image;
  if ("size" in change)
    return change.size <= length
      ? Buffer.from(image.subarray(0, change.size))
      : Buffer.concat([image, Buffer.alloc(change.size - length)]);
  const { at, bytes } = change;
  const next = Buffer.alloc(Math.max(length, at + bytes.length));
  image.copy(next);
  bytes.copy(next, at);
  return next;
}

function sectorsOf(change: Change): Change[] {
  if ("size" in change) return [change];
  const parts: Change[] = [];
  for (let done = 0; done < change.bytes.length; ) {
    const at = change.at + done;
    const length = Math.min(sector - (at % sector), change.bytes.length - done);
    parts.push({ at, bytes: change.bytes.subarray(done, done + length) });
    done += length;
  }
  return parts;
}

export type Node = FileNode | FolderNode;

/** Names that came or went in one step. */
type Renaming = [name: string, node: Node | undefined][];

export class FolderNode {
  names = new Map<string, Node>();
  #durable = new Map<string, Node>();
  #unsynced: Renaming[] = [];

  change(...renaming: Renaming): void {
    alter(this.names, renaming);
    this.#unsynced.push(renaming);
  }

  sync(): void {
    this.#durable = new Map(this.names);
    this.#unsynced = [];
  }

  /** Names that were not synced are there or not, in whatever order they were changed. */
  powerCut(random: Random): void {
    const fate = random.int(0, 2);
    for (const renaming of this.#unsynced)
      if (fate === 1 || (fate === 2 && random.chance(0.5))) alter(this.#durable, renaming);
    this.names = new Map(this.#durable);
    this.#unsynced = [];
    for (const node of this.names.values()) node.powerCut(random);
  }
}

function alter(names: Map<string, Node>, renaming: Renaming): void {
  for (const [name, node] of renaming)
    if (node) names.set(name, node);
    else names.delete(name);
}
