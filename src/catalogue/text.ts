/** Values brought into the form in which they are compared. */
import type { Attribute } from "./attributes.ts";

/** The first value as text; empty when there is none. */
export function firstText(attribute: Attribute | undefined): string {
  const value = attribute?.Value?.[0];
  return value === undefined || value === null || typeof value === "object" ? "" : String(value);
}

/** The first value as a whole number; what has none sorts last. */
export function ordinal(attribute: Attribute | undefined): number {
  const number = Number(firstText(attribute) || Number.NaN);
  return Number.isInteger(number) && Math.abs(number) < withoutNumber ? number : withoutNumber;
}

const withoutNumber = 2 ** 31;

/** A date as YYYYMMDD, also when written YYYY.MM.DD (PS3.5 6.2, as in ACR-NEMA). */
export const dateKey = (text: string): string => text.replace(/[.\-/]/g, "");

/** A time as HHMMSS.FFFFFF, whatever its precision. */
export function timeKey(text: string): string {
  const [whole = "", fraction = ""] = text.replaceAll(":", "").split(".");
  return whole === "" ? "" : `${whole.padEnd(6, "0")}.${fraction.padEnd(6, "0").slice(0, 6)}`;
}

/** SQLite's pattern matching ends at NUL, so searched text shows one as its symbol. */
const withoutNul = (text: string): string => (text.includes("\0") ? text.replaceAll("\0", "\u2400") : text);

/** Text as it is searched for in columns. */
export const searchable = (text: string): string => withoutNul(text).toWellFormed();

/** A component group of a person's name without regard to case or trailing delimiters. */
export function nameKey(group: string): string {
  return searchable(group.normalize("NFC").toLowerCase()).replace(/[\s^]+$/, "");
}

const marks = /\p{M}+/gu;
const separators = /[\s^=,.;'’\-–_]+/u;

/** The words of a name without accents or case: what fuzzy matching compares. */
export function nameWords(group: string): string[] {
  const plain = searchable(group.normalize("NFD").replace(marks, "").toLowerCase());
  return [...new Set(plain.split(separators).filter((word) => word !== ""))];
}

/** The component groups of a person's name in DICOM JSON. */
export function nameGroups(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object") return [];
  const { Alphabetic, Ideographic, Phonetic } = value as Record<string, unknown>;
  return [Alphabetic, Ideographic, Phonetic].filter((group): group is string => typeof group === "string");
}
