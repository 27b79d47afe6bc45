import { open } from "../schema.ts";
import type { StatementCache } from "../statements.ts";
import type { InstanceRef, Target } from "../types.ts";
import { resolvePoints, type Version, versionsOf } from "./points.ts";
import { RefMaker } from "./row.ts";
import { Walk } from "./walk.ts";

export type { Version } from "./points.ts";

export interface Page {
  /** The last instance of the page before. */
  after?: InstanceRef;
  limit: number;
}

/** Everything; more than any archive holds. */
const noLimit = 2 ** 40;

/** Finds stored instances on one connection. */
export class Resolver {
  readonly #statements: StatementCache;
  readonly #refs: RefMaker;

  constructor(statements: StatementCache) {
    this.#statements = statements;
    this.#refs = new RefMaker(statements);
  }

  /** `seq`: the entry as of which is asked, undefined for the present. */
  resolve(target: Target, seq: number | undefined, page?: Page): InstanceRef[] {
    const at = seq ?? open - 1;
    if (target.sopInstanceUid)
      return slice(this.#points({ ...target, sopInstanceUid: target.sopInstanceUid }, at), page);
    return new Walk(this.#statements, this.#refs, at, page?.limit ?? noLimit).resolve(target, page?.after);
  }

  versions(sopInstanceUid: string): Version[] {
    return versionsOf(this.#statements, this.#refs, sopInstanceUid);
  }

  #points(target: Target & { sopInstanceUid: string[] }, at: number): InstanceRef[] {
    return resolvePoints(this.#statements, this.#refs, target, at);
  }
}

function slice(refs: InstanceRef[], page: Page | undefined): InstanceRef[] {
  if (!page) return refs;
  const start = page.after ? refs.findIndex((ref) => ref.sopInstanceUid === page.after!.sopInstanceUid) + 1 : 0;
  return refs.slice(start, start + page.limit);
}
