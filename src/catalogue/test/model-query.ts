/** Queries on the model: every row is built whole, matched value by value, sorted, cut. */
import type { ArchiveQuery, StoredObject } from "../types.ts";
import { type Json, type Model, placeOf } from "./model.ts";

const levels = ["patient", "study", "series", "instance"] as const;

interface ModelRow {
  object: StoredObject;
  json: Json;
}

const attribute = (vr: string, Value: unknown[]): Json[string] => (Value.length > 0 ? { vr, Value } : { vr });
const first = (json: Json, tag: string): string => String(json[tag]?.Value?.[0] ?? "");
const sorted = (values: Iterable<string>): string[] => [...new Set(values)].filter((text) => text !== "").sort(byBytes);
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** All rows of a level with all attributes of it and the levels above. */
function rowsOf(model: Model, level: number): ModelRow[] {
  const objects = model.visible;
  const groups = new Map<string, StoredObject[]>();
  for (const object of objects) {
    const key = level === 3 ? object.sopInstanceUid : placeOf(object)[level]!;
    groups.set(key, [...(groups.get(key) ?? []), object]);
  }
  return [...groups.values()].map(([object]) => ({ object: object!, json: rowJson(model, objects, object!, level) }));
}

function rowJson(model: Model, objects: StoredObject[], object: StoredObject, level: number): Json {
  const place = placeOf(object);
  const json: Json = {};
  for (let each = 0; each <= Math.min(level, 2); each++) {
    const below = objects.filter((other) => placeOf(other)[each] === place[each]);
    const count = (depth: number): number =>
      new Set(below.map((other) => (depth === 3 ? other.sopInstanceUid : placeOf(other)[depth]))).size;
    Object.assign(json, model.attributes.get(place[each]!));
    const seriesJson = below.map((other) => model.attributes.get(placeOf(other)[2])!);
    if (each === 0) {
      json["00201200"] = attribute("IS", [count(1)]);
      json["00201202"] = attribute("IS", [count(2)]);
      json["00201204"] = attribute("IS", [count(3)]);
    } else if (each === 1) {
      json["00080061"] = attribute("CS", sorted(seriesJson.map((one) => first(one, "00080060"))));
      json["00080062"] = attribute("UI", sorted(below.map((other) => other.sopClassUid)));
      json["00201206"] = attribute("IS", [count(2)]);
      json["00201208"] = attribute("IS", [count(3)]);
    } else json["00201209"] = attribute("IS", [count(3)]);
  }
  return level === 3 ? { ...json, ...model.own(object) } : json;
}

export function queryModel(model: Model, query: ArchiveQuery): Json[] {
  const level = levels.indexOf(query.level);
  const rows = rowsOf(model, level).filter(({ json }) =>
    Object.entries(query.keys).every(([tag, key]) => matches(key, json[tag], query.fuzzy ?? false)),
  );
  // Where identifiers are shared, what was stored first comes first.
  const order = [...model.attributes.keys()];
  const rank = ({ object }: ModelRow): number => order.indexOf(placeOf(object)[level === 0 ? 0 : 1]!);
  return rows.sort((a, b) => compare(a, b, level, rank(a) - rank(b))).map(({ json }) => json);
}

const time = (text: string): string => (text === "" ? "" : text.replace(".", "").padEnd(12, "0"));
const number = (text: string): number => (text === "" ? Number.POSITIVE_INFINITY : Number(text));
const name = (json: Json): string => fold(Object.values((json["00100010"]?.Value?.[0] ?? {}) as object)[0] ?? "");
const fold = (text: string): string => text.toLowerCase().replace(/[\s^]+$/, "");

function compare(a: ModelRow, b: ModelRow, level: number, rank: number): number {
  const by: number[] = [];
  if (level === 0) by.push(byBytes(name(a.json), name(b.json)), byBytes(a.object.patientId, b.object.patientId), rank);
  else
    by.push(
      byBytes(first(b.json, "00080020"), first(a.json, "00080020")),
      byBytes(time(first(b.json, "00080030")), time(first(a.json, "00080030"))),
      byBytes(a.object.studyUid, b.object.studyUid),
      rank,
    );
  const numbers = (tag: string): number => {
    const [left, right] = [number(first(a.json, tag)), number(first(b.json, tag))];
    return left === right ? 0 : left - right;
  };
  if (level >= 2) by.push(numbers("00200011"), byBytes(a.object.seriesUid, b.object.seriesUid));
  if (level >= 3) by.push(numbers("00200013"), byBytes(a.object.sopInstanceUid, b.object.sopInstanceUid));
  return by.find((order) => order !== 0) ?? 0;
}

type Key = Json[string];

function matches(key: Key, found: Key | undefined, fuzzy: boolean): boolean {
  const values = (key.Value ?? []).filter((value) => value !== "");
  if (isUniversal(key)) return true;
  if (key.vr === "SQ" && Object.values(values[0] as Json).every((inner) => isUniversal(inner))) return true;
  return values.some((asked) => (found?.Value ?? []).some((value) => one(key.vr, asked, value, fuzzy)));
}

function isUniversal({ Value = [] }: Key): boolean {
  const values = Value.filter((value) => value !== "");
  return values.length === 0 || (values.length === 1 && /^\*+$/.test(String(values[0])));
}

function one(vr: string, asked: unknown, value: unknown, fuzzy: boolean): boolean {
  switch (vr) {
    case "PN": {
      const groups = (any: unknown): string[] => Object.values(any as Record<string, string>).map(fold);
      if (fuzzy)
        return groups(asked)
          .flatMap(words)
          .every((word) =>
            groups(value)
              .flatMap(words)
              .some((other) => other.startsWith(word)),
          );
      return groups(asked).every((pattern) => groups(value).some((text) => like(pattern, text)));
    }
    case "SQ":
      return Object.entries(asked as Json).every(([tag, inner]) => matches(inner, (value as Json)[tag], fuzzy));
    case "DA": {
      const [from, to] = String(asked).includes("-") ? String(asked).split("-") : [String(asked), String(asked)];
      return (from === "" || String(value) >= from!) && (to === "" || String(value) <= to!);
    }
    case "UI":
    case "IS":
      return String(asked) === String(value);
    default:
      return like(String(asked), String(value));
  }
}

const words = (text: string): string[] =>
  text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .split(/[\s^*?=,.;'’\-–_]+/)
    .filter((word) => word !== "");

function like(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}/]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "su").test(text);
}
