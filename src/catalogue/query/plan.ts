/** Turns a query into one SQL statement over rows that are valid at an entry, and what SQL cannot say. */
import { type Attribute, levelIndex, levelOfKey } from "../attributes.ts";
import type { ArchiveQuery } from "../types.ts";
import {
  type Bind,
  type Condition,
  columnKeys,
  combinedKeys,
  combinedStudyTime,
  isValid,
  type Probe,
} from "./conditions.ts";
import { containedText } from "./contained.ts";
import { derivedLevels } from "./derived.ts";
import { askedValues, type Matcher, matcherOf } from "./match.ts";

export interface Filter {
  level: number;
  key: string;
  /** Where the members of its level stand in a row. */
  column: number;
  matches: Matcher;
}

export interface QueryPlan {
  /** Selects the row of each level from 0 (patient) to the query's, null where it is not needed; then what filters read. */
  sql: string;
  values: (string | number)[];
  /** Matched row by row. */
  filters: Filter[];
  /** Tells whether the way in is too broad, so that walking in order and looking at each row is faster. */
  probe?: Probe;
  unsupported: string[];
}

const tables = ["patient_revision", "study_revision", "series_revision", "instance"];
const aliases = ["p", "t", "e", "i"];
/** What a row's children name as their parent. */
const entities = ["p.entity", "t.entity", "e.entity"];

/** Newest study first; then by number; then by UID. Patients by name. */
const orders = [
  ["p.name", "p.patient_id", "p.entity"],
  ["t.date DESC", "t.time DESC", "t.uid", "t.entity"],
  ["e.number", "e.uid"],
  ["i.number", "i.uid"],
];

/** Not about what is stored: PS3.4 C.4.1.1.3, PS3.18 10.6. */
const ignored = new Set(["00080005", "00080052", "00080054", "00080056", "00081190"]);

/**
 * `?1` is the entry as of which is asked. `needed`: levels whose attributes are returned. `walk`: conditions that may
 * be broad are matched row by row.
 */
export function planQuery(query: ArchiveQuery, needed: ReadonlySet<number>, walk = false): QueryPlan {
  const level = levelIndex[query.level];
  const values: (string | number)[] = [];
  const bind: Bind = (value) => `?${values.push(value) + 1}`;
  const conditions: Condition[] = [];
  const filters: Filter[] = [];
  const unsupported: string[] = [];
  const combined = query.combinedDateTime && level > 0 ? combinedStudyTime(query.keys, bind) : undefined;
  if (combined) conditions.push(combined);
  for (const [key, attribute] of Object.entries(query.keys)) {
    if (ignored.has(key) || (combined && combinedKeys.has(key))) continue;
    if (!isSupported(key, attribute, level)) unsupported.push(key);
    else if (askedValues(attribute).length > 0) addKey(key, attribute);
  }
  function addKey(key: string, attribute: Attribute): void {
    const fuzzy = query.fuzzy ?? false;
    const mark = values.length;
    const condition = columnKeys.get(key)?.(attribute, bind, fuzzy);
    if (condition && !(walk && condition.probe)) {
      conditions.push(condition);
      return;
    }
    values.length = mark;
    const matches = matcherOf(attribute, fuzzy);
    if (!matches) return;
    const own = levelOfKey.get(key)!;
    const contained = containedText(attribute, own, aliases[own]!, bind);
    if (contained) conditions.push(contained);
    filters.push({ level: own, key, column: level + 1 + filters.length, matches });
  }
  const used = new Set([
    ...needed,
    level,
    ...conditions.map((each) => each.level),
    ...filters.map((each) => each.level),
  ]);
  const way = wayIn(conditions);
  const sql = statement(level, used, conditions, filters, way?.level);
  return { sql, values, filters, unsupported, ...(way?.probe ? { probe: way.probe } : {}) };
}

function isSupported(key: string, attribute: Attribute, level: number): boolean {
  const own = levelOfKey.get(key);
  if (own !== undefined) return own <= level;
  const derived = derivedLevels.get(key);
  if (derived === undefined || derived > level) return false;
  return columnKeys.has(key) || askedValues(attribute).length === 0; // the counts are returned, not matched
}

/** The condition that leaves the fewest rows. */
function wayIn(conditions: Condition[]): Condition | undefined {
  return conditions.filter(({ rank }) => rank !== undefined).sort((a, b) => a.rank! - b.rank!)[0];
}

function statement(
  level: number,
  used: ReadonlySet<number>,
  conditions: Condition[],
  filters: Filter[],
  way: number | undefined,
): string {
  const byDay = way === undefined && level > 0;
  const start = way ?? (byDay ? 1 : 0);
  const top = Math.min(...used, start, level === 0 ? 0 : 1);
  const from = byDay ? ["study_day AS d", join(1, "t.date = d.date")] : [`${tables[start]} AS ${aliases[start]}`];
  for (let up = start - 1; up >= top; up--) from.push(join(up, `${entities[up]} = ${aliases[up + 1]}.parent`));
  for (let down = start + 1; down <= level; down++)
    from.push(join(down, `${aliases[down]}.parent = ${entities[down - 1]}`));
  const selected = aliases.slice(0, level + 1).map((alias, each) => (each < top ? "NULL" : `${alias}.id`));
  for (const filter of filters) selected.push(`${aliases[filter.level]}.members`);
  const where = [isValid(byDay ? "d" : aliases[start]!), ...conditions.map(({ sql }) => sql)];
  if (byDay) for (const { day } of conditions) if (day) where.push(day);
  const order = orders.slice(level === 0 ? 0 : 1, level + 1).flat();
  if (byDay) order[0] = "d.date DESC";
  return `SELECT ${selected.join(", ")} FROM ${from.join(" ")} WHERE ${where.join(" AND ")} ORDER BY ${order.join(", ")}`;
}

const join = (level: number, on: string): string =>
  `CROSS JOIN ${tables[level]} AS ${aliases[level]} ON ${on} AND ${isValid(aliases[level]!)}`;
