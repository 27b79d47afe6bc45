/** A machine's disk: its files, the faults it is given, and the instants at which the machine goes down. */
import type { World } from "../world/world.ts";
import { type FileNode, FolderNode, type Node } from "./node.ts";

export type Operation =
  | "open"
  | "create"
  | "read"
  | "write"
  | "sync"
  | "syncFolder"
  | "rename"
  | "remove"
  | "list"
  | "stat"
  | "folder";

export type Fall = "kill" | "power cut";

/** The machine has gone down under whoever called. */
export class Fallen extends Error {}

export interface Faults {
  /** Of an operation failing, 0 to 1. */
  probability: number;
}

const writing = new Set<Operation>(["create", "write", "sync", "syncFolder", "rename", "folder"]);

export class Disk {
  readonly name: string;
  readonly world: World;
  root = new FolderNode();
  faults: Faults = { probability: 0 };
  /** Rises when the machine goes down: what was begun before it never ends. */
  boot = 0;
  /** Resolves when it goes down. */
  down!: Promise<Fall>;
  /** For the account of a failed history. */
  readonly log: string[] = [];
  #fall!: (how: Fall) => void;
  #countdown: { left: number; how: Fall } | undefined;
  /** It goes down as this file is synced. */
  #ambush: { name: string; how: Fall } | undefined;
  readonly #onFall: ((how: Fall) => void)[] = [];

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
    this.#up();
  }

  onFall(act: (how: Fall) => void): void {
    this.#onFall.push(act);
  }

  /** Goes down at the operation that is so many ahead. */
  fallAfter(operations: number, how: Fall): void {
    this.#countdown = { left: operations, how };
  }

  /** Goes down as a file of this name is synced. */
  fallAtSync(name: string, how: Fall): void {
    this.#ambush = { name, how };
  }

  standFirm(): void {
    this.#countdown = undefined;
    this.#ambush = undefined;
  }

  fall(how: Fall): void {
    this.standFirm();
    this.boot++;
    if (how === "power cut") this.root.powerCut(this.world.random);
    this.log.push(how);
    for (const act of this.#onFall) act(how);
    const fell = this.#fall;
    this.#up();
    fell(how);
  }

  /** Everything on it is gone. */
  wipe(): void {
    this.root = new FolderNode();
  }

  /** What comes before each operation. @throws the fault that is due; Fallen when the machine goes down now */
  step(operation: Operation, boot: number, name?: string): void {
    if (boot !== this.boot) throw new Fallen();
    const here = operation === "sync" && this.#ambush?.name === name ? this.#ambush : undefined;
    const due = here ?? this.#countdown;
    if (due && (here || this.#countdown!.left-- <= 0)) {
      this.fall(due.how);
      throw new Fallen();
    }
    if (!this.world.random.chance(this.faults.probability)) return;
    const code = writing.has(operation) && this.world.random.chance(0.4) ? "ENOSPC" : "EIO";
    this.log.push(`${operation} ${code}`);
    throw systemError(code, operation);
  }

  find(parts: string[]): Node | undefined {
    let node: Node | undefined = this.root;
    for (const part of parts) node = node instanceof FolderNode ? node.names.get(part) : undefined;
    return node;
  }

  folder(parts: string[]): FolderNode {
    const node = this.find(parts);
    if (node instanceof FolderNode) return node;
    throw systemError(node ? "ENOTDIR" : "ENOENT", "open");
  }

  /** Every file with its path below the root. */
  *files(folder: FolderNode = this.root, under: string[] = []): Generator<{ path: string[]; file: FileNode }> {
    for (const [name, node] of folder.names)
      if (node instanceof FolderNode) yield* this.files(node, [...under, name]);
      else yield { path: [...under, name], file: node };
  }

  #up(): void {
    this.down = new Promise((resolve) => {
      this.#fall = resolve;
    });
  }
}

export function systemError(code: string, call: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${call}`), { code, syscall: call });
}
