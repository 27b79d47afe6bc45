/** The open data sets, items, sequences and runs of fragments, one in another, and where each of them must end. */
import { HoldfastError } from "../core/index.ts";
import type { DataSet } from "./data-set.ts";
import type { Tag, Vr } from "./dictionary/index.ts";
import { type ElementHeader, type Encoding, undefinedLength } from "./header.ts";

/** The end of what a delimiter ends. */
export const open = Number.POSITIVE_INFINITY;

/** An open data set, item, sequence or run of fragments. */
export interface Level {
  kind: "elements" | "sequence" | "fragments";
  /** Where it ends as it says itself; infinite when a delimiter ends it. */
  end: number;
  /** What nothing in it may pass: its own end or one around it. */
  limit: number;
  encoding: Encoding;
  /** Of an item: itself; of a sequence: the data set it belongs to. */
  dataSet: DataSet;
  tag: Tag;
  vr: Vr;
  /** Where the value begins. */
  start: number;
  /** For sequences: the items. */
  items: DataSet[];
  /** False past the limit of elements. */
  kept: boolean;
  lastTag: number;
}

type Content = Pick<Level, "kind" | "encoding" | "dataSet" | "start" | "items" | "kept">;

export class Levels {
  readonly #stack: Level[];
  readonly #max: number;
  /** The innermost level. */
  top: Level;

  /** @param maxDepth of sequences; each has two levels, itself and its item. */
  constructor(root: DataSet, encoding: Encoding, maxDepth: number) {
    const content: Content = { kind: "elements", encoding, dataSet: root, start: 0, items: [], kept: true };
    this.top = { ...content, tag: 0, vr: "SQ", end: open, limit: open, lastTag: -1 };
    this.#stack = [this.top];
    this.#max = maxDepth * 2;
  }

  /** 1 while only the data set itself is open. */
  get depth(): number {
    return this.#stack.length;
  }

  /** @throws HoldfastError object/depth */
  enter({ tag, vr, length }: ElementHeader, content: Content): void {
    if (this.#stack.length > this.#max) throw new HoldfastError("object/depth");
    const end = length === undefinedLength ? open : content.start + length;
    this.top = { ...content, tag, vr, end, limit: Math.min(end, this.top.limit), lastTag: -1 };
    this.#stack.push(this.top);
  }

  leave(): Level {
    const level = this.#stack.pop()!;
    this.top = this.#stack.at(-1)!;
    return level;
  }
}
