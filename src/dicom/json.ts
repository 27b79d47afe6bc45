/** The DICOM JSON model, PS3.18 Annex F, both ways. */
import { DataSet } from "./data-set.ts";
import { type Tag, tagText, type Vr } from "./dictionary/index.ts";
import type { Element } from "./element.ts";
import { decodeNumbers, isNumeric, isVr } from "./vr.ts";

export interface JsonElement {
  vr: string;
  Value?: unknown[];
  BulkDataURI?: string;
  InlineBinary?: string;
}
export type DicomJson = Record<string, JsonElement>;

export interface JsonOptions {
  /** The URI of a value that is not inlined; `path` names the sequence items on the way. Undefined leaves the value out. */
  bulkDataUri?: (element: Element, path: readonly (Tag | number)[]) => string | undefined;
  /** Binary values longer than this are not inlined, bytes. */
  inlineLimit?: number;
}

const binary = new Set<Vr>(["OB", "OD", "OF", "OL", "OV", "OW", "UN"]);
const groups = ["Alphabetic", "Ideographic", "Phonetic"] as const;

export function toDicomJson(
  dataSet: DataSet,
  options: JsonOptions = {},
  path: readonly (Tag | number)[] = [],
): DicomJson {
  const json: DicomJson = {};
  for (const element of dataSet) {
    if ((element.tag & 0xffff) === 0) continue; // group lengths have no place in JSON
    json[tagText(element.tag)] = elementJson(dataSet, element, options, path);
  }
  return json;
}

/** One element of the data set as JSON. */
export function elementJson(
  dataSet: DataSet,
  element: Element,
  options: JsonOptions = {},
  path: readonly (Tag | number)[] = [],
): JsonElement {
  const { tag, vr } = element;
  if (element.items)
    return { vr, ...value(element.items.map((item, index) => toDicomJson(item, options, [...path, tag, index]))) };
  const long = binary.has(vr) && (element.bytes?.length ?? 0) > (options.inlineLimit ?? Number.POSITIVE_INFINITY);
  if (!element.bytes || long) {
    const uri = options.bulkDataUri?.(element, [...path, tag]);
    return uri === undefined ? { vr } : { vr, BulkDataURI: uri };
  }
  if (element.bytes.length === 0) return { vr };
  if (binary.has(vr)) return { vr, InlineBinary: Buffer.from(element.bytes).toString("base64") };
  return { vr, ...value(valuesOf(dataSet, element)) };
}

function value(list: unknown[]): { Value?: unknown[] } {
  return list.length > 0 ? { Value: list } : {};
}

function valuesOf(dataSet: DataSet, { tag, vr, bytes }: Element): unknown[] {
  if (vr === "AT") return decodeNumbers(vr, bytes!).map((tag) => tagText(Number(tag)));
  if (isNumeric(vr)) return decodeNumbers(vr, bytes!).map(jsonNumber);
  const texts = dataSet.strings(tag);
  if (texts.length === 1 && texts[0] === "") return [];
  if (vr === "PN") return texts.map(personName);
  if (vr === "DS" || vr === "IS") return texts.map(numberText);
  return texts.map((text) => (text === "" ? null : text));
}

/** JSON has no NaN or infinities, and 64-bit integers outlast its numbers: PS3.18 F.2.3 sends these as strings. */
function jsonNumber(value: number | bigint): number | string {
  if (typeof value === "bigint") return value.toString();
  return Number.isFinite(value) ? value : String(value).replace("Infinity", "inf");
}

/** Decimal and integer strings are JSON numbers where that loses nothing. */
function numberText(text: string): number | string | null {
  if (text === "") return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

function personName(text: string): Record<string, string> | null {
  if (text === "") return null;
  const name: Record<string, string> = {};
  for (const [index, part] of text.split("=").slice(0, 3).entries()) if (part !== "") name[groups[index]!] = part;
  return name;
}

/** @throws RangeError when a key is no tag or a VR is unknown. */
export function fromDicomJson(json: DicomJson, parent?: DataSet): DataSet {
  const dataSet = new DataSet(parent);
  const keys = Object.keys(json).sort();
  for (const key of keys) {
    const { vr, Value, InlineBinary } = json[key]!;
    if (!/^[0-9A-Fa-f]{8}$/.test(key) || !isVr(vr)) throw new RangeError("no such attribute or VR");
    const tag = Number.parseInt(key, 16);
    if (InlineBinary !== undefined) dataSet.set(tag, vr, Buffer.from(InlineBinary, "base64"));
    else if (vr === "SQ")
      dataSet.set(
        tag,
        vr,
        (Value ?? []).map((item) => fromDicomJson((item ?? {}) as DicomJson, dataSet)),
      );
    else if (isNumeric(vr)) dataSet.set(tag, vr, (Value ?? []).map((one) => numeric(vr, one)) as number[]);
    else if (!binary.has(vr)) dataSet.set(tag, vr, (Value ?? []).map(textOf));
  }
  return dataSet;
}

function numeric(vr: Vr, value: unknown): number | string {
  if (vr === "AT") return Number.parseInt(String(value), 16);
  if (typeof value === "string" && /^-?inf$/i.test(value)) return value.startsWith("-") ? -Infinity : Infinity;
  return vr === "SV" || vr === "UV" ? String(value) : Number(value);
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "object") return String(value);
  const name = value as Partial<Record<(typeof groups)[number], string>>;
  return groups
    .map((group) => name[group] ?? "")
    .join("=")
    .replace(/=+$/, "");
}
