/**
 * Events that come twice (a log delivered again): known by `metadata.uid` together with time, activity and actor, so that
 * nobody hides an act behind an identifier that was seen before. A ring of the latest is remembered.
 */
import type { AccessEvent } from "../../core/index.ts";
import { type Hash64, hashText } from "../stats/hash.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";

const remembered = 16_384;

export class Duplicates {
  readonly #known = new Map<string, number>();
  readonly #hash: Hash64 = { high: 0, low: 0 };
  #key = "";

  /** Score of the same event when it came first. */
  find({ metadata, time, activity, operation, actor, status }: AccessEvent): number | undefined {
    this.#key = "";
    if (!metadata?.uid) return undefined;
    hashText(
      `${metadata.uid}|${time}|${activity}|${operation}|${status}|${actor.user?.name}|${actor.app}`,
      11,
      this.#hash,
    );
    this.#key = String.fromCharCode(
      ...[this.#hash.high >>> 16, this.#hash.high & 0xffff, this.#hash.low >>> 16, this.#hash.low & 0xffff],
    );
    return this.#known.get(this.#key);
  }

  /** Of the event that was last looked for. */
  remember(score: number): void {
    if (this.#key === "") return;
    if (this.#known.size >= remembered) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(this.#key, score);
  }

  save(out: SnapshotWriter): void {
    const keys = [...this.#known.keys()];
    out.array(
      new Uint32Array(
        keys.flatMap((key) => [key.charCodeAt(0), key.charCodeAt(1), key.charCodeAt(2), key.charCodeAt(3)]),
      ),
    );
    out.array(new Float64Array(this.#known.values()));
  }

  load(input: SnapshotReader): void {
    const units = input.array(Uint32Array);
    const scores = input.array(Float64Array);
    this.#known.clear();
    for (let i = 0; i < scores.length; i++)
      this.#known.set(String.fromCharCode(...units.subarray(i * 4, i * 4 + 4)), scores[i]!);
  }

  get bytes(): number {
    return this.#known.size * 64;
  }
}
