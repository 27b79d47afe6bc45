/** A log format: how a file falls into records, and what access events a record holds. */
import type { AccessEvent } from "../../core/index.ts";

/** What a record may hold; in the place of an event that makes no sense, undefined. */
export type RecordEvents = (AccessEvent | undefined)[];

export interface RecordFormat {
  /** JSON values (a line each, or pretty-printed, or in arrays), XML messages between other text, or lines of text. */
  records: "json" | "lines" | { xml: string };
  /** Keys of an outermost JSON object whose lists hold records, as long as may be: each comes as `{key: [record]}`. */
  unrolled?: readonly string[];
  /** @returns the events of a record, empty when it holds none of interest, undefined when it makes no sense */
  events(record: unknown): RecordEvents | undefined;
  /** For formats whose records lean on the file or on those before: the same for one file. Local times are of the IANA `zone`. */
  ofFile?(file: { path: string; modified: number }, zone: string): Pick<RecordFormat, "events">;
}

export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objectAt(value: Json, key: string): Json {
  const found = value[key];
  return isObject(found) ? found : {};
}

export function listAt(value: Json, key: string): Json[] {
  const found = value[key];
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** A string that is not empty. */
export function textAt(value: Json, key: string): string | undefined {
  const found = value[key];
  return typeof found === "string" && found !== "" ? found : undefined;
}

export function numberAt(value: Json, key: string): number | undefined {
  const found = value[key];
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}

/** RFC 3339 in UTC with milliseconds; undefined when it is no time. */
export function timeOf(value: unknown): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** Drops what is undefined: fields that are not known are absent. */
export function known<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
