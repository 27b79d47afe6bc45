import type { Archive, RequestContext, StoreHint, StoreOutcome } from "../../archive/index.ts";
import { type ByteSink, codeOf, HoldfastError } from "../../core/index.ts";
import { parseMediaType } from "../media.ts";
import type { MultipartHandler } from "../multipart/index.ts";

/** Commits that may be under way while the next part is read: lets one disk flush serve several parts. */
const pendingCommits = 16;

/** Passes each part of a STOW request to the archive and keeps what became of it, in order. */
export class Intake implements MultipartHandler {
  readonly outcomes: StoreOutcome[] = [];
  readonly #archive: Archive;
  readonly #context: RequestContext;
  readonly #hint: StoreHint;
  readonly #pending = new Set<Promise<void>>();
  #sink: ByteSink<StoreOutcome> | undefined;
  #index = -1;

  constructor(archive: Archive, context: RequestContext, hint: StoreHint) {
    this.#archive = archive;
    this.#context = context;
    this.#hint = hint;
  }

  begin(headers: Map<string, string>): undefined {
    this.#index++;
    const type = parseMediaType(headers.get("content-type") ?? "application/dicom")?.type;
    if (type !== "application/dicom") {
      this.#settle(this.#index, failure(new HoldfastError("object/not-dicom")));
      return;
    }
    this.#sink = this.#archive.store(this.#context, this.#hint);
  }

  data(bytes: Uint8Array): Promise<void> | undefined {
    const sink = this.#sink;
    if (!sink) return undefined;
    try {
      return sink.write(bytes)?.catch((error: unknown) => this.#fail(sink, error));
    } catch (error) {
      this.#fail(sink, error);
      return undefined;
    }
  }

  end(): Promise<void> | undefined {
    const sink = this.#sink;
    if (!sink) return undefined;
    this.#sink = undefined;
    const index = this.#index;
    const commit: Promise<void> = sink
      .end()
      .then(
        (outcome) => this.#settle(index, outcome),
        (error: unknown) => this.#settle(index, failure(error)),
      )
      .finally(() => this.#pending.delete(commit));
    this.#pending.add(commit);
    return this.#pending.size >= pendingCommits ? Promise.race(this.#pending) : undefined;
  }

  /** The request broke off: what is half-way is dropped, what was complete is kept. */
  async abort(reason: unknown): Promise<void> {
    const sink = this.#sink;
    if (sink) this.#fail(sink, reason);
    await this.finish();
  }

  /** Resolves when every part has been stored or refused. */
  async finish(): Promise<StoreOutcome[]> {
    await Promise.all(this.#pending);
    return this.outcomes;
  }

  /** Gives the current part up; its remaining bytes are read past. */
  #fail(sink: ByteSink<StoreOutcome>, error: unknown): void {
    if (this.#sink !== sink) return;
    this.#sink = undefined;
    sink.abort(error);
    this.#settle(this.#index, failure(error));
  }

  #settle(index: number, outcome: StoreOutcome): void {
    this.outcomes[index] = outcome;
  }
}

function failure(error: unknown): StoreOutcome {
  return { ok: false, code: codeOf(error), quarantined: false };
}
