/** Attribute matching, PS3.4 C.2.2.2, on attributes as DICOM JSON. */
import type { Attribute, Attributes } from "../attributes.ts";
import { dateKey, nameGroups, nameKey, nameWords, searchable, timeKey } from "../text.ts";
import { dateTimeKey, dateTimeRange, isWithin, rangeOf } from "./range.ts";
import { hasWildcard, matchesWildcard } from "./wildcard.ts";

export type Matcher = (attribute: Attribute | undefined) => boolean;

/** Wild cards mean nothing in these (PS3.4 C.2.2.2.4). */
const literalVrs = new Set(["UI", "IS", "DS", "AS", "AT", "US", "UL", "SS", "SL", "FL", "FD", "SV", "UV"]);

/** These are compared otherwise than as text. */
const otherVrs = new Set(["PN", "DA", "TM", "DT", "IS", "DS", "SQ"]);

/** Values are compared character by character, except for wild cards. */
export const matchesText = (vr: string): boolean => !otherVrs.has(vr);

export const mayHoldWildcards = (vr: string): boolean => !literalVrs.has(vr);

/** Values a key asks for; none for universal matching (C.2.2.2.3), which many peers ask for with a `*` in any VR. */
export function askedValues({ vr, Value }: Attribute): unknown[] {
  const values = (Value ?? []).filter((value) => value !== null && value !== undefined && value !== "");
  const universal = values.some((value) => {
    if (vr === "SQ") return false;
    const texts = vr === "PN" ? nameGroups(value) : [String(value)];
    return texts.every((text) => /^\**$/.test(text.trim()));
  });
  return universal ? [] : values;
}

/** @returns undefined when the key matches everything. */
export function matcherOf(key: Attribute, fuzzy: boolean): Matcher | undefined {
  const values = askedValues(key);
  if (values.length === 0) return undefined;
  if (key.vr === "SQ") return sequenceMatcher(values[0] as Attributes, fuzzy);
  const tests = values.map((value) => valueTest(key.vr, value, fuzzy));
  return (attribute) => attribute?.Value?.some((value) => value !== null && tests.some((test) => test(value))) ?? false;
}

type Test = (value: unknown) => boolean;

function valueTest(vr: string, asked: unknown, fuzzy: boolean): Test {
  if (vr === "PN") return fuzzy ? fuzzyNameTest(asked) : nameTest(asked);
  const text = String(asked).trim();
  switch (vr) {
    case "DA": {
      const range = rangeOf("DA", text);
      return (value) => isWithin(range, dateKey(String(value)));
    }
    case "TM": {
      const range = rangeOf("TM", text);
      return (value) => isWithin(range, timeKey(String(value)));
    }
    case "DT": {
      const range = dateTimeRange(text);
      return (value) => isWithin(range, dateTimeKey(String(value)));
    }
    case "IS":
    case "DS":
      return (value) => String(value) === text || (text !== "" && Number(value) === Number(text));
    default:
      return textTest(searchable(text), mayHoldWildcards(vr));
  }
}

function textTest(text: string, wildcards: boolean): Test {
  if (wildcards && hasWildcard(text)) return (value) => matchesWildcard(text, searchable(String(value)));
  return (value) => searchable(String(value)) === text;
}

/** Component groups that are asked for, by their name in DICOM JSON, as they are compared. */
export function askedGroups(asked: unknown): Map<string, string> {
  const groups = typeof asked === "string" ? { Alphabetic: asked } : (asked as Record<string, unknown>);
  const found = new Map<string, string>();
  for (const [name, text] of Object.entries(groups))
    if (typeof text === "string" && !/^\**$/.test(text)) found.set(name, nameKey(text));
  return found;
}

/** One group matches any group of a name, since who asks may not know which it is; several match each its own. */
function nameTest(asked: unknown): Test {
  const groups = askedGroups(asked);
  const test = (pattern: string, text: string): boolean =>
    hasWildcard(pattern) ? matchesWildcard(pattern, text) : pattern === text;
  if (groups.size === 1) {
    const [pattern] = groups.values();
    return (value) => nameGroups(value).some((group) => test(pattern!, nameKey(group)));
  }
  return (value) =>
    [...groups].every(([name, pattern]) => {
      const text = (value as Record<string, unknown>)[name];
      return typeof text === "string" && test(pattern, nameKey(text));
    });
}

/** Words a fuzzy key asks for. */
export function askedWords(asked: unknown): string[] {
  return nameGroups(asked).flatMap((group) => nameWords(group.replace(/[*?]/g, " ")));
}

/** Each word asked for begins a word of the name (in any order and component group). */
function fuzzyNameTest(asked: unknown): Test {
  const words = askedWords(asked);
  return (value) => {
    const found = nameGroups(value).flatMap(nameWords);
    return words.every((word) => found.some((each) => each.startsWith(word)));
  };
}

/** Sequence matching, C.2.2.2.6: one item matches all keys of the item asked for. */
function sequenceMatcher(item: Attributes, fuzzy: boolean): Matcher | undefined {
  const matchers = Object.entries(item)
    .map(([key, attribute]) => [key, matcherOf(attribute, fuzzy)] as const)
    .filter((each): each is [string, Matcher] => each[1] !== undefined);
  if (matchers.length === 0) return undefined;
  return (attribute) =>
    attribute?.Value?.some((value) => matchers.every(([key, test]) => test((value as Attributes)[key]))) ?? false;
}
