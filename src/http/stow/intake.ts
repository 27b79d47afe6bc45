import type { FastifyRequest } from "fastify";
import {
  heldContext,
  type RequestContext,
  type StoreHint,
  type StoreOutcome,
  type StoreSink,
} from "../../archive/index.ts";
import { codeOf, HoldfastError } from "../../core/index.ts";
import { parseMediaType } from "../media.ts";
import type { MultipartHandler } from "../multipart/index.ts";

/** Commits that may be under way while the next part is read: lets one disk flush serve several parts. */
const pendingCommits = 16;

/**
 * Passes each part of a STOW request to the archive and keeps what became of it, in order. Each is decided by itself, when
 * it begins and when it is complete: whoever is contained meanwhile gets no further part in.
 */
export class Intake implements MultipartHandler {
  readonly outcomes: StoreOutcome[] = [];
  readonly #request: Pick<FastifyRequest, "archive" | "decision" | "stillMay">;
  readonly #context: RequestContext;
  readonly #hint: StoreHint;
  readonly #pending = new Set<Promise<void>>();
  #sink: StoreSink | undefined;
  #index = -1;

  constructor(
    request: Pick<FastifyRequest, "archive" | "decision" | "stillMay">,
    context: RequestContext,
    hint: StoreHint,
  ) {
    this.#request = request;
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
    try {
      const decision = this.#index === 0 ? this.#request.decision : this.#request.stillMay(true);
      this.#sink = this.#request.archive.store(heldContext(this.#context, decision), this.#hint);
    } catch (error) {
      this.#settle(this.#index, failure(error));
    }
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
    try {
      const decision = this.#request.stillMay();
      if (decision.effect === "quarantine") sink.hold(decision.containment.id);
    } catch (error) {
      this.#fail(sink, error);
      return undefined;
    }
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
  #fail(sink: StoreSink, error: unknown): void {
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
