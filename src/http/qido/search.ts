import type { ArchiveQuery, DicomJson } from "../../archive/index.ts";
import { HoldfastError, type Level } from "../../core/index.ts";
import { tagFrom, tagText, vrOf } from "../../dicom/index.ts";
import type { HttpLimits } from "../options.ts";
import { isUid, type ResourcePath } from "../target.ts";
import { returnKeys } from "./return-keys.ts";

export type SearchLevel = Exclude<Level, "patient">;

export interface Search {
  query: ArchiveQuery;
  /** Query parameters that name no attribute; they are ignored with a warning (PS3.18 8.3). */
  ignored: string[];
}

const reserved = new Set(["limit", "offset", "fuzzymatching", "includefield", "as-of", "accept", "charset"]);
const maxParameters = 128;
const maxValueLength = 4096;

type Json = DicomJson[string];

/** Builds the archive's query from path and query parameters (PS3.18 8.3.4); `request/invalid` on a malformed value. */
export function readSearch(
  level: SearchLevel,
  path: ResourcePath,
  parameters: Record<string, unknown>,
  at: number | undefined,
  limits: HttpLimits,
): Search {
  const keys: DicomJson = {};
  for (const tag of returnKeys[level]) keys[tag] = emptyKey(tag);
  const ignored: string[] = [];
  let includeAll = false;
  let count = 0;
  for (const [name, values] of Object.entries(parameters)) {
    for (const value of texts(values)) {
      if (++count > maxParameters) throw new HoldfastError("request/too-large", "Too many query parameters.");
      if (value.length > maxValueLength) throw new HoldfastError("request/too-large", "A query parameter is too long.");
      if (name === "includefield") includeAll = include(keys, value, ignored) || includeAll;
      else if (!reserved.has(name)) match(keys, name, value, ignored);
    }
  }
  if (path.study !== undefined) keys["0020000D"] = { vr: "UI", Value: [path.study] };
  if (path.series !== undefined) keys["0020000E"] = { vr: "UI", Value: [path.series] };
  const fuzzy = flag(parameters, "fuzzymatching");
  return {
    query: {
      level,
      keys,
      limit: Math.min(natural(parameters, "limit") ?? limits.defaultResults, limits.results),
      offset: natural(parameters, "offset") ?? 0,
      ...(at === undefined ? {} : { at }),
      ...(fuzzy ? { fuzzy } : {}),
      ...(includeAll ? { includeAll } : {}),
      ...(isRelational(level, path) ? { relational: true } : {}),
    },
    ignored,
  };
}

/** Searches that skip a level of the hierarchy return the attributes of the skipped ones too (PS3.18 Table 10.6.1-5). */
function isRelational(level: SearchLevel, path: ResourcePath): boolean {
  if (level === "series") return path.study === undefined;
  return level === "instance" && path.series === undefined;
}

function include(keys: DicomJson, value: string, ignored: string[]): boolean {
  let all = false;
  for (const name of value.split(",")) {
    if (name === "all") all = true;
    else place(keys, name, () => undefined, ignored);
  }
  return all;
}

function match(keys: DicomJson, name: string, value: string, ignored: string[]): void {
  place(keys, name, (vr, tag) => (value === "" ? undefined : matchingValues(vr, tag, value)), ignored);
}

/** Puts a key where its path (`Tag` or `Sequence.Tag`) says; unknown attributes are ignored. */
function place(
  keys: DicomJson,
  name: string,
  valuesOf: (vr: string, tag: string) => unknown[] | undefined,
  ignored: string[],
): void {
  const path = name.split(".").map(attribute);
  if (path.length > 4 || path.some((tag) => tag === undefined)) {
    ignored.push(name);
    return;
  }
  let level = keys;
  for (const tag of path.slice(0, -1) as string[]) {
    const sequence = level[tag] ?? { vr: "SQ" };
    level[tag] = sequence;
    sequence.Value ??= [{}];
    level = sequence.Value[0] as DicomJson;
  }
  const tag = path.at(-1) as string;
  const key = emptyKey(tag);
  const values = valuesOf(key.vr, tag);
  if (values) key.Value = values;
  else if (level[tag] !== undefined) return;
  level[tag] = key;
}

function attribute(name: string): string | undefined {
  const tag = tagFrom(name);
  return tag === undefined ? undefined : tagText(tag);
}

function emptyKey(tag: string): Json {
  return { vr: vrOf(Number.parseInt(tag, 16)) };
}

const numeric = new Set(["IS", "DS", "US", "UL", "SS", "SL", "FL", "FD", "SV", "UV"]);

/** Matching values in the DICOM JSON form of their VR: names as components, numbers as numbers, UID lists split. */
function matchingValues(vr: string, tag: string, value: string): unknown[] {
  if (vr === "UI") return uidList(tag, value);
  if (vr === "PN") return [{ Alphabetic: value }];
  if (!numeric.has(vr)) return [value];
  const numbers = value.split(/[,\\]/).map(Number);
  if (numbers.some((number) => !Number.isFinite(number))) {
    throw new HoldfastError("request/invalid", `The value of ${tag} must be a number.`);
  }
  return numbers;
}

function uidList(tag: string, value: string): string[] {
  const uids = value.split(/[,\\]/);
  if (uids.every((uid) => isUid(uid))) return uids;
  throw new HoldfastError("request/invalid", `The value of ${tag} must be UIDs.`);
}

function texts(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((entry): entry is string => typeof entry === "string");
}

function single(parameters: Record<string, unknown>, name: string): string | undefined {
  const value = parameters[name];
  if (value === undefined || typeof value === "string") return value;
  throw new HoldfastError("request/invalid", `${name} may be given once.`);
}

function natural(parameters: Record<string, unknown>, name: string): number | undefined {
  const value = single(parameters, name);
  if (value === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value)) throw new HoldfastError("request/invalid", `${name} must be a whole number.`);
  return Number(value);
}

function flag(parameters: Record<string, unknown>, name: string): boolean {
  const value = single(parameters, name) ?? "false";
  if (value !== "true" && value !== "false")
    throw new HoldfastError("request/invalid", `${name} must be true or false.`);
  return value === "true";
}
