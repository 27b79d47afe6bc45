/**
 * Segments that the origin has given back before the mirror came to them. It is passed over on the origin's word, which the
 * journal has to bear out: a mirror that is level with its origin lacks nothing that no entry has collected.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, HoldfastError } from "../../core/index.ts";
import { collectedFile } from "../collect/remove.ts";
import { replaceFile } from "../durable.ts";
import { type Layout, segmentFile } from "../layout.ts";
import type { Remote } from "../remote/client.ts";
import { firstBytes, rangeFrom } from "./range.ts";

/** Bytes; what is longer is no list of them. */
const longestList = 16 * 1024 * 1024;

export class AbsentSegments {
  /** In the mirror's folder, so that a stop forgets none. */
  readonly #file: string;
  readonly #remote: Remote;

  constructor(layout: Layout, remote: Remote) {
    this.#file = join(layout.root, "absent");
    this.#remote = remote;
  }

  /** @throws what fetching it threw, unless the origin has no such file and says that it was collected */
  async passOver(segment: number, error: unknown): Promise<undefined> {
    if (codeOf(error) !== "mirror/damaged") throw error;
    const there = await rangeFrom(this.#remote, `vault/${segmentFile(segment)}`, 0, 1);
    there?.body?.destroy();
    if (there || !(await this.#claimed()).includes(segment)) throw error;
    await replaceFile(this.#file, JSON.stringify([...new Set([...(await this.#passedOver()), segment])]));
    return undefined;
  }

  /** @param collected by the journal @throws HoldfastError mirror/damaged when it does not say what the origin said */
  async assertCollected(collected: ReadonlySet<number>): Promise<void> {
    const segment = (await this.#passedOver()).find((each) => !collected.has(each));
    if (segment === undefined) return;
    throw new HoldfastError(
      "mirror/damaged",
      `The origin lacks segment ${segment}, and no entry of its journal has collected it.`,
    );
  }

  async #claimed(): Promise<number[]> {
    const range = await rangeFrom(this.#remote, `vault/${collectedFile}`, 0);
    return range?.body ? numbers((await firstBytes(range.body, longestList)).toString("utf8")) : [];
  }

  async #passedOver(): Promise<number[]> {
    return numbers(await readFile(this.#file, "utf8").catch(() => "[]"));
  }
}

function numbers(text: string): number[] {
  try {
    const list = JSON.parse(text) as unknown;
    return Array.isArray(list) ? list.filter((each) => typeof each === "number") : [];
  } catch {
    return [];
  }
}
