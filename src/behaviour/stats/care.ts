/**
 * How far care explains a look at a patient (explanation-based auditing, Fabbri & LeFevre 2011). A patient whom somebody has
 * seen lately is being cared for: exp(−gap/week), the gap being anybody's. That explains the looks of those who care, and
 * so only as far as care explained the account's own looks before: not at all those of a stranger.
 */
import { gapOf } from "./gap.ts";
import type { Hash64 } from "./hash.ts";
import { KeyTable } from "./key-table.ts";
import { Rows } from "./rows.ts";
import type { SnapshotReader, SnapshotWriter } from "./snapshot.ts";

/** Seconds: a weekend, and a check a week. */
const lasts = 7 * 86_400;
/** Looks without a reason that an account is taken to have had before it is known. */
const priorLooks = 20;
const looksRemembered = 2_000;
const patience = 30 * 86_400;

export class Care {
  /** Last touched by anybody. */
  readonly #objects: KeyTable;
  /** Of principals: looks that taught, and those of them that care explained. */
  readonly #accounts: Rows;
  #share = 0;
  /** Of the event under way. */
  #looks = 0;
  #explained = 0;

  constructor(entities: number, objects: number) {
    this.#objects = new KeyTable({ capacity: objects, stride: 1, worth: 0, patience });
    this.#accounts = new Rows(entities, 2, patience);
  }

  /** An event of this principal begins. @param isPlanned its looks at those who are cared for have been announced */
  begin(principal: Hash64, isPlanned = false): void {
    const at = this.#accounts.known(principal);
    const share = at < 0 ? 0 : this.#accounts.data[at + 1]! / (this.#accounts.data[at]! + priorLooks);
    this.#share = isPlanned ? 1 : share;
    this.#looks = 0;
    this.#explained = 0;
  }

  /** @param fresh how far the look is one of its own: 0 of one repeated at once @returns how far it is explained, 0 to 1 */
  look(object: Hash64, time: number, fresh: number): number {
    const explained = Math.exp(-gapOf(this.#objects, object, time) / lasts);
    this.#looks += fresh;
    this.#explained += fresh * explained;
    return this.#share * explained;
  }

  /** Somebody stores something of a patient's. */
  stored(object: Hash64, time: number): void {
    gapOf(this.#objects, object, time);
  }

  /** The looks of the event under way were ordinary as far as `weight` says. */
  learn(principal: Hash64, time: number, weight: number): void {
    const at = this.#accounts.of(principal, time);
    this.#accounts.touch(at, time);
    const { data } = this.#accounts;
    const fade = Math.min(1, looksRemembered / (data[at]! + this.#looks));
    data[at] = (data[at]! + this.#looks * weight) * fade;
    data[at + 1] = (data[at + 1]! + this.#explained * weight) * fade;
  }

  get bytes(): number {
    return this.#objects.bytes + this.#accounts.bytes;
  }

  save(out: SnapshotWriter): void {
    for (const part of [this.#objects, this.#accounts]) part.save(out);
  }

  load(input: SnapshotReader): void {
    for (const part of [this.#objects, this.#accounts]) part.load(input);
  }
}
