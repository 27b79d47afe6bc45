import type { ErrorCode } from "../../core/index.ts";
import type { StoreOutcome, StoreSink } from "../types.ts";

/** Takes an object's bytes nowhere, and says so at its end. */
export class RefusingSink implements StoreSink {
  readonly #code: ErrorCode;

  constructor(code: ErrorCode) {
    this.#code = code;
  }

  write(): undefined {}

  hold(): void {}

  async end(): Promise<StoreOutcome> {
    return { ok: false, code: this.#code, quarantined: false };
  }

  abort(): void {}
}
