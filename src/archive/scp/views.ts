import { type Operation, StatusError, statuses } from "../../dimse/index.ts";
import type { DimseAction } from "./action.ts";

/** A called AE title that shows the archive as it was: read-only, for C-FIND, C-MOVE and C-GET. */
export interface DimseView {
  aeTitle: string;
  /** ms since 1970, or so many ms before each operation. */
  moment: { at: number } | { ago: number };
}

const reads: ReadonlySet<DimseAction> = new Set<DimseAction>(["echo", "find", "move", "get"]);

export class Views {
  readonly #moments: Map<string, DimseView["moment"]>;

  constructor(views: readonly DimseView[] = []) {
    this.#moments = new Map(views.map(({ aeTitle, moment }) => [aeTitle, moment]));
  }

  has(calledAeTitle: string): boolean {
    return this.#moments.has(calledAeTitle);
  }

  /** As of when an operation reads, ms since 1970: asked once per operation, so that all of it sees the same. */
  momentOf({ association }: Operation, now: number): { at?: number } {
    const moment = this.#moments.get(association.calledAeTitle);
    if (!moment) return {};
    return { at: "at" in moment ? moment.at : now - moment.ago };
  }

  /** The past takes nothing in. @throws StatusError 0124 */
  assertReads(action: DimseAction, { association }: Operation): void {
    if (reads.has(action) || !this.has(association.calledAeTitle)) return;
    throw new StatusError(statuses.notAuthorized, "request/denied", "This AE title shows the past: it is read-only.");
  }
}
