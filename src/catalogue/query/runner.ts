import type { DatabaseSync } from "node:sqlite";
import { levelIndex } from "../attributes.ts";
import { memberOf } from "../members.ts";
import { open } from "../schema.ts";
import type { StatementCache } from "../statements.ts";
import type { ArchiveQuery, QueryPage } from "../types.ts";
import { DerivedAttributes } from "./derived.ts";
import { type Filter, planQuery, type QueryPlan } from "./plan.ts";
import { Returned } from "./returned.ts";
import { Rows } from "./rows.ts";

/** Row numbers of a match, patient first, null where a level is not needed; then members to be matched. */
type Found = (number | string | null)[];

/** Matches of one part in so many patients, and at least so many, are broad. */
const broadPart = 20;
const minBroad = 1_000;
/** The last match of a page that is walked to. */
const maxWalked = 2_000;

/** More than any archive holds. */
const noLimit = 2 ** 40;

/** Runs queries on one connection; the caller holds the read transaction. */
export class QueryRunner {
  readonly #statements: StatementCache;
  readonly #derived: DerivedAttributes;
  readonly #rows: Rows;

  constructor(database: DatabaseSync, statements: StatementCache) {
    this.#statements = statements;
    this.#derived = new DerivedAttributes(database);
    this.#rows = new Rows(database);
  }

  /** `seq`: the entry as of which is asked, undefined for the present. */
  run(query: ArchiveQuery, seq: number | undefined): QueryPage {
    const returned = new Returned(query);
    const plan = this.#plan(query, returned.levels);
    const { limit = noLimit, offset = 0 } = query;
    const at = seq ?? open - 1;
    const found = this.#find(plan, at, offset, limit + 1);
    const more = found.length > limit;
    const level = levelIndex[query.level];
    const matches = found.slice(0, limit).map((rows) => this.#compose(rows, level, returned, at));
    return { matches, more, unsupported: plan.unsupported };
  }

  #find({ sql, values, filters }: QueryPlan, at: number, offset: number, count: number): Found[] {
    if (filters.length > 0)
      return this.#filtered(this.#statements.get(sql).iterate(at, ...values) as never, filters, offset, count);
    const page = this.#statements.get(`${sql} LIMIT ?${values.length + 2} OFFSET ?${values.length + 3}`);
    return page.all(at, ...values, count, offset) as unknown as Found[];
  }

  /** A small page of a broad search is found sooner by walking in order than by sorting all that match. */
  #plan(query: ArchiveQuery, levels: ReadonlySet<number>): QueryPlan {
    const plan = planQuery(query, levels);
    const last = (query.offset ?? 0) + (query.limit ?? Number.POSITIVE_INFINITY);
    if (!plan.probe || last > maxWalked) return plan;
    const { sql, values } = plan.probe;
    const [patients] = this.#statements.get("SELECT patients FROM state").get() as unknown as [number];
    const many = Math.max(minBroad, Math.ceil(patients / broadPart));
    const [matching] = this.#statements.get(sql).get(...values, many) as unknown as [number];
    return matching < many ? plan : planQuery(query, levels, true);
  }

  #filtered(candidates: Iterable<Found>, filters: Filter[], offset: number, count: number): Found[] {
    const found: Found[] = [];
    let skip = offset;
    for (const rows of candidates) {
      if (!this.#passes(rows, filters)) continue;
      if (skip-- > 0) continue;
      found.push(rows);
      if (found.length >= count) break;
    }
    return found;
  }

  #passes(rows: Found, filters: Filter[]): boolean {
    return filters.every(({ key, column, matches }) => matches(memberOf(rows[column] as string, key)));
  }

  #compose(found: Found, level: number, returned: Returned, at: number): string {
    const match = returned.match();
    for (let each = 0; each <= level; each++) {
      if (!returned.levels.has(each)) continue;
      const row = this.#rows.read(each, found[each] as number);
      match.take(row);
      const derived = returned.derived[each]!;
      if (derived.length === 0) continue;
      const counters = this.#rows.counters(each, row.entity);
      for (const key of derived) match.put(key, this.#derived.line(key, row.entity, counters, at));
    }
    return match.serialised();
  }
}
