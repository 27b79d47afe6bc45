/** What need not be done in every round: the catalogue's commits and the journal's checkpoints. */
import type { Clock } from "../../core/index.ts";
import type { OpenStores } from "./open.ts";

const checkpointEvery = 10_000; // ms
/** Readers that need it sooner ask; after a crash the journal gives it back. */
const commitEvery = 5_000; // ms
const commitEntries = 5_000;

export class Upkeep {
  readonly #stores: OpenStores;
  readonly #host: { now: Clock; after(milliseconds: number, action: () => void): void };
  readonly #between: (action: () => Promise<unknown>) => void;
  #commitDue = false;
  #checkpointDue = false;

  /** `between` runs an action between two rounds. */
  constructor(
    stores: OpenStores,
    host: { now: Clock; after(milliseconds: number, action: () => void): void },
    between: (action: () => Promise<unknown>) => void,
  ) {
    this.#stores = stores;
    this.#host = host;
    this.#between = between;
  }

  /** Commits the catalogue when asked or when much has gathered; returns what went wrong: the journal has everything anyway. */
  afterRound(commit: boolean): unknown {
    const { appliedSeq, committedSeq } = this.#stores.catalogue;
    return commit || appliedSeq - committedSeq > commitEntries ? this.#commit() : undefined;
  }

  /** Plans the commit and the checkpoint that the latest rounds made necessary. */
  schedule(): void {
    const { catalogue } = this.#stores;
    if (!this.#commitDue && catalogue.committedSeq < catalogue.appliedSeq) {
      this.#commitDue = true;
      this.#host.after(commitEvery, () => this.#between(async () => this.#commit()));
    }
    if (this.#checkpointDue) return;
    this.#checkpointDue = true;
    this.#host.after(checkpointEvery, () => this.#between(() => this.#checkpoint()));
  }

  #commit(): unknown {
    this.#commitDue = false;
    try {
      this.#stores.catalogue.commit();
      return undefined;
    } catch (error) {
      this.#stores.catalogue.rollback();
      return error;
    }
  }

  async #checkpoint(): Promise<unknown> {
    this.#checkpointDue = false;
    try {
      await this.#stores.journal.checkpoint();
      return undefined;
    } catch (error) {
      return error;
    }
  }
}
