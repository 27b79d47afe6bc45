/** Keys that are matched by columns, as conditions in SQL. */
import type { Attribute, Attributes } from "../attributes.ts";
import { searchable } from "../text.ts";
import { askedGroups, askedValues, askedWords } from "./match.ts";
import { type Range, rangeOf } from "./range.ts";
import { afterPrefix, globOf, hasWildcard, prefixOf } from "./wildcard.ts";

/** Gives a value its place in the statement: `?2`, `?3`, … */
export type Bind = (value: string | number) => string;

export interface Condition {
  /** 0 patient to 3 instance. */
  level: number;
  sql: string;
  /** The same of `d`, the days that lists by date go through. */
  day?: string;
  /** How few rows it leaves, the lower the fewer; absent: it is no way into a table. */
  rank?: number;
  /** Present when it may match a great part of all patients. */
  probe?: Probe;
}

/** Counts matches; `limit` is bound last: no more are counted. */
export interface Probe {
  sql: string;
  values: string[];
}

function probeOf(from: string, condition: (bind: Bind) => string): Probe {
  const values: string[] = [];
  const where = condition((value) => `?${values.push(String(value))}`);
  return { sql: `SELECT count(*) FROM (SELECT 1 FROM ${from} WHERE ${where} LIMIT ?${values.length + 1})`, values };
}

type Maker = (key: Attribute, bind: Bind, fuzzy: boolean) => Condition | undefined;

/** Patterns with more runs than this are matched outside SQL. */
const maxRuns = 8;
const maxPattern = 1_024;
/** Names asked for with more words are matched outside SQL. */
const maxWords = 16;

/** By DICOM JSON key. A maker returns undefined when it cannot say it in SQL. */
export const columnKeys: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ["00100020", patientId],
  ["00100010", patientName],
  ["0020000D", uid(1, "t.uid", 2)],
  ["00080020", studyDate],
  ["00080030", studyTime],
  ["00080050", text(1, "t.accession", 3, " AND t.accession <> ''")],
  ["00080061", modalitiesInStudy],
  ["00080062", sopClassesInStudy],
  ["0020000E", uid(2, "e.uid", 1)],
  ["00080060", text(2, "e.modality")],
  ["00080018", uid(3, "i.uid", 0)],
  ["00080016", sopClass],
]);

export const isValid = (alias: string): string => `${alias}.from_seq <= ?1 AND ${alias}.to_seq > ?1`;

function anyOf(column: string, values: unknown[], bind: Bind): string {
  const texts = values.map((value) => searchable(String(value).trim()));
  if (texts.length === 1) return `${column} = ${bind(texts[0]!)}`;
  return `${column} IN (SELECT value FROM json_each(${bind(JSON.stringify(texts))}))`;
}

function uid(level: number, column: string, rank: number): Maker {
  return ({ Value }, bind) => ({ level, sql: anyOf(column, Value!, bind), rank });
}

function text(level: number, column: string, rank?: number, hint = ""): Maker {
  return (key, bind) => {
    const sql = textCondition(column, askedValues(key).map(String), bind);
    if (!sql) return undefined;
    const isWayIn = rank !== undefined && sql.selective;
    return { level, sql: sql.text + (isWayIn ? hint : ""), ...(isWayIn ? { rank } : {}) };
  };
}

/** @returns undefined when a pattern is beyond what SQL should match. `selective`: an index finds it. */
function textCondition(column: string, values: string[], bind: Bind): { text: string; selective: boolean } | undefined {
  const texts = values.map((value) => searchable(value.trim()));
  if (!texts.some(hasWildcard)) return { text: anyOf(column, texts, bind), selective: true };
  if (texts.some((each) => each.length > maxPattern || each.split(/\*+/).length > maxRuns)) return undefined;
  const [pattern, ...others] = texts;
  if (others.length > 0) return { text: anyGlob(column, texts, bind), selective: false };
  const prefix = prefixOf(pattern!);
  const glob = `${column} GLOB ${bind(globOf(pattern!))}`;
  if (prefix === "") return { text: glob, selective: false };
  return { text: `${prefixCondition(column, prefix, bind)} AND ${glob}`, selective: true };
}

/** However many there are: SQLite limits the depth of expressions. */
function anyGlob(column: string, patterns: string[], bind: Bind): string {
  const globs = bind(JSON.stringify(patterns.map(globOf)));
  return `EXISTS (SELECT 1 FROM json_each(${globs}) AS pattern WHERE ${column} GLOB pattern.value)`;
}

function prefixCondition(column: string, prefix: string, bind: Bind): string {
  const after = afterPrefix(prefix);
  const from = `${column} >= ${bind(prefix)}`;
  return after === undefined ? from : `${from} AND ${column} < ${bind(after)}`;
}

/** @returns what says of a column that it lies within; undefined when several values are asked for. */
function within(vr: "DA" | "TM", key: Attribute, bind: Bind): ((column: string) => string) | undefined {
  const [value, ...others] = askedValues(key);
  return others.length > 0 ? undefined : between(rangeOf(vr, String(value).trim()), bind);
}

function between({ from, to }: Range, bind: Bind): (column: string) => string {
  const least = from === undefined ? "> ''" : `>= ${bind(from)}`;
  const most = to === undefined ? undefined : `<= ${bind(to)}`;
  return (column) => `${column} ${least}${most ? ` AND ${column} ${most}` : ""}`;
}

function studyDate(key: Attribute, bind: Bind): Condition | undefined {
  const sql = within("DA", key, bind);
  return sql && { level: 1, sql: sql("t.date"), day: sql("d.date") };
}

function studyTime(key: Attribute, bind: Bind): Condition | undefined {
  const sql = within("TM", key, bind);
  return sql && { level: 1, sql: sql("t.time") };
}

const studyDateKey = "00080020";
const studyTimeKey = "00080030";

/** Study Date and Study Time as one range, when both are ranges. */
export function combinedStudyTime(keys: Attributes, bind: Bind): Condition | undefined {
  const text = (key: string): string => String(keys[key]?.Value?.[0] ?? "").trim();
  const [dates, times] = [text(studyDateKey), text(studyTimeKey)];
  if (!dates.includes("-") || !times.includes("-")) return undefined;
  const [date, time] = [rangeOf("DA", dates), rangeOf("TM", times)];
  const parts = ["t.date > ''"];
  if (date.from) parts.push(`(t.date, t.time) >= (${bind(date.from)}, ${bind(time.from ?? "")})`);
  if (date.to) parts.push(`(t.date, t.time) <= (${bind(date.to)}, ${bind(time.to ?? "9")})`);
  return { level: 1, sql: parts.join(" AND "), day: between(date, bind)("d.date") };
}

/** The keys that `combinedStudyTime` takes together. */
export const combinedKeys: ReadonlySet<string> = new Set([studyDateKey, studyTimeKey]);

function patientId(key: Attribute, bind: Bind): Condition | undefined {
  const texts = askedValues(key).map(String);
  const sql = textCondition("p.patient_id", texts, bind);
  if (!sql?.selective) return sql && { level: 0, sql: sql.text };
  const probe = probeOf("patient_revision AS p", (own) => textCondition("p.patient_id", texts, own)!.text);
  return { level: 0, sql: sql.text, rank: 4, ...(texts.some(hasWildcard) ? { probe } : {}) };
}

function patientName(key: Attribute, bind: Bind, fuzzy: boolean): Condition | undefined {
  const values = askedValues(key);
  if (values.length !== 1) return undefined;
  return fuzzy ? fuzzyName(values[0], bind) : literalName(values[0], bind);
}

function literalName(value: unknown, bind: Bind): Condition | undefined {
  const groups = askedGroups(value);
  if (groups.size !== 1) return undefined;
  const [pattern] = groups.values();
  const sql = textCondition("text", [pattern!], bind);
  if (!sql) return undefined;
  const probe = probeOf("patient_name", (own) => textCondition("text", [pattern!], own)!.text);
  return { level: 0, sql: `p.id IN (SELECT revision FROM patient_name WHERE ${sql.text})`, rank: 5, probe };
}

function fuzzyName(value: unknown, bind: Bind): Condition | undefined {
  const words = askedWords(value);
  if (words.length === 0 || words.length > maxWords) return undefined;
  const sql = words.map(
    (word) => `p.id IN (SELECT revision FROM patient_word WHERE ${prefixCondition("text", word, bind)})`,
  );
  const longest = words.reduce((a, b) => (b.length > a.length ? b : a));
  const probe = probeOf("patient_word", (own) => prefixCondition("text", longest, own));
  return { level: 0, sql: sql.join(" AND "), rank: 5, probe };
}

function modalitiesInStudy(key: Attribute, bind: Bind): Condition {
  const sql = textCondition("m.modality", askedValues(key).map(String), bind);
  if (!sql) return { level: 1, sql: "FALSE" }; // no modality is as long as such a pattern
  return {
    level: 1,
    sql: `EXISTS (SELECT 1 FROM series_revision AS m WHERE m.parent = t.entity AND ${isValid("m")} AND ${sql.text})`,
  };
}

function classIds(values: unknown[], bind: Bind): string {
  return `(SELECT id FROM uid WHERE ${anyOf("text", values, bind)})`;
}

function sopClassesInStudy({ Value }: Attribute, bind: Bind): Condition {
  const sql = `EXISTS (
    SELECT 1 FROM series AS s CROSS JOIN instance AS c ON c.parent = s.id
    WHERE s.parent = t.entity AND ${isValid("c")} AND c.class IN ${classIds(Value!, bind)})`;
  return { level: 1, sql };
}

function sopClass({ Value }: Attribute, bind: Bind): Condition {
  return { level: 3, sql: `i.class IN ${classIds(Value!, bind)}` };
}
