import type { Attribute } from "../attributes.ts";
import { searchable } from "../text.ts";
import type { Bind, Condition } from "./conditions.ts";
import { askedValues, matchesText, mayHoldWildcards } from "./match.ts";

/** More are matched row by row only. */
const maxValues = 16;

/**
 * Keys without a column of their own are matched row by row, outside SQL. This leaves SQL to pass over rows that do
 * not hold the longest run of letters asked for, anywhere: exact enough to be fast, and it loses no match, since
 * attributes are kept as they are written in JSON.
 * @returns undefined when nothing can be said of the text
 */
export function containedText(key: Attribute, level: number, alias: string, bind: Bind): Condition | undefined {
  if (!matchesText(key.vr)) return undefined;
  const values = askedValues(key);
  if (values.length > maxValues) return undefined;
  const runs = values.map((value) => longestRun(String(value).trim(), mayHoldWildcards(key.vr)));
  if (!runs.every(isPlain)) return undefined;
  const tests = runs.map((run) => `instr(${alias}.members, ${bind(JSON.stringify(run).slice(1, -1))})`);
  return { level, sql: `(${tests.join(" OR ")})` };
}

function longestRun(text: string, wildcards: boolean): string {
  const runs = wildcards ? text.split(/[*?]/) : [text];
  return runs.reduce((a, b) => (b.length > a.length ? b : a));
}

/** Compared as it is written: the symbol stands for NUL where texts are searched. */
const isPlain = (run: string): boolean => run !== "" && searchable(run) === run && !run.includes("\u2400");
