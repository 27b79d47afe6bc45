/** The DICOM JSON model, PS3.18 Annex F, both ways. */
import { HoldfastError } from "../core/index.ts";
import type { Element } from "./data-set.ts";
import { DataSet, type Value } from "./data-set.ts";
import { type Tag, tagText, type Vr } from "./dictionary/index.ts";
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
const specificCharacterSet = "00080005";
const utf8 = "ISO_IR 192";
const maxDepth = 32;

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
  const { tag, vr, items } = element;
  if (items) return { vr, ...value(items.map((item, index) => toDicomJson(item, options, [...path, tag, index]))) };
  const { bytes } = element;
  const long = binary.has(vr) && (bytes?.length ?? 0) > (options.inlineLimit ?? Number.POSITIVE_INFINITY);
  if (!bytes || long) {
    const uri = options.bulkDataUri?.(element, [...path, tag]);
    return uri === undefined ? { vr } : { vr, BulkDataURI: uri };
  }
  if (bytes.length === 0) return { vr };
  if (binary.has(vr)) return { vr, InlineBinary: Buffer.from(bytes).toString("base64") };
  return { vr, ...value(valuesOf(dataSet, tag, vr, bytes)) };
}

function value(list: unknown[]): { Value?: unknown[] } {
  return list.length > 0 ? { Value: list } : {};
}

function valuesOf(dataSet: DataSet, tag: Tag, vr: Vr, bytes: Uint8Array): unknown[] {
  if (vr === "AT") return decodeNumbers(vr, bytes).map((one) => tagText(Number(one)));
  if (isNumeric(vr)) return decodeNumbers(vr, bytes).map(jsonNumber);
  const texts = dataSet.strings(tag);
  if (texts.length === 1 && texts[0] === "") return [];
  if (vr === "PN") return texts.map(personName);
  if (vr === "DS" || vr === "IS") return texts.map(numberText);
  return texts.map((text) => (text === "" ? null : text));
}

/** JSON has no NaN or infinities, and 64-bit integers outlast its numbers: both are sent as strings (PS3.18 F.2.3). */
function jsonNumber(number: number | bigint): number | string {
  if (typeof number === "bigint") return number.toString();
  return Number.isFinite(number) ? number : String(number).replace("Infinity", "inf");
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** A double holds any decimal of so many digits exactly enough to give it back. */
const exactDigits = 15;

/** Decimal and integer strings are JSON numbers where that loses nothing, else they stay as they are. */
function numberText(text: string): number | string | null {
  if (text === "") return null;
  if (!decimal.test(text)) return text;
  if (text.length > exactDigits && significant(text) > exactDigits) return text;
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

const significant = (text: string): number => text.replace(/[eE].*|\D/g, "").replace(/^0+/, "").length;

function personName(text: string): Record<string, string> | null {
  if (text === "") return null;
  const name: Record<string, string> = {};
  for (const [index, part] of text.split("=", groups.length).entries()) if (part !== "") name[groups[index]!] = part;
  return name;
}

/**
 * The data set of a JSON model. JSON is Unicode whatever its Specific Character Set says, so text beyond ASCII makes the
 * data set ISO_IR 192. Values behind a BulkDataURI are left out.
 * @throws HoldfastError object/element for what is no JSON model, object/depth
 */
export function fromDicomJson(json: DicomJson): DataSet {
  const ascii = isAscii(json, 0);
  const dataSet = new DataSet();
  if (!ascii) dataSet.set(Number.parseInt(specificCharacterSet, 16), "CS", utf8);
  addElements(dataSet, json, ascii, 0);
  return dataSet;
}

/** Each nested sequence is three levels of JSON, a person's name two more. */
const jsonDepth = maxDepth * 3 + 4;

function isAscii(json: unknown, depth: number): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole ASCII range is meant
  if (typeof json === "string") return /^[\x00-\x7f]*$/.test(json);
  if (json === null || typeof json !== "object") return true;
  if (depth > jsonDepth) throw new HoldfastError("object/depth");
  return Object.values(json).every((one) => isAscii(one, depth + 1));
}

function addElements(dataSet: DataSet, json: DicomJson, ascii: boolean, depth: number): void {
  if (depth > maxDepth) throw new HoldfastError("object/depth");
  for (const key of Object.keys(json).sort()) {
    if (key === specificCharacterSet && !ascii) continue;
    const element = json[key];
    if (!/^[0-9A-Fa-f]{8}$/.test(key) || !isVr(element?.vr ?? ""))
      throw new HoldfastError("object/element", "The JSON model holds something that is no attribute.");
    const encoded = encodable(dataSet, element!, ascii, depth);
    if (encoded !== undefined) dataSet.set(Number.parseInt(key, 16), element!.vr as Vr, encoded);
  }
}

function encodable(
  dataSet: DataSet,
  { vr, Value: list = [], InlineBinary, BulkDataURI }: JsonElement,
  ascii: boolean,
  depth: number,
): Value | undefined {
  if (BulkDataURI !== undefined) return undefined;
  if (InlineBinary !== undefined) return Buffer.from(String(InlineBinary), "base64");
  if (!Array.isArray(list)) throw new HoldfastError("object/element", "A Value of the JSON model is no list.");
  if (vr === "SQ") return list.map((item) => itemOf(dataSet, item, ascii, depth));
  if (binary.has(vr as Vr)) return new Uint8Array();
  if (isNumeric(vr as Vr)) return list.map((one) => numeric(vr as Vr, one)) as number[];
  return list.map(textOf);
}

function itemOf(parent: DataSet, json: unknown, ascii: boolean, depth: number): DataSet {
  const item = new DataSet(parent);
  if (json !== null && typeof json === "object") addElements(item, json as DicomJson, ascii, depth + 1);
  return item;
}

function numeric(vr: Vr, one: unknown): number | string {
  if (vr === "AT") return Number.parseInt(String(one), 16);
  if (vr === "SV" || vr === "UV") return wholeNumber(one);
  if (typeof one === "string" && /^-?inf$/i.test(one)) return one.startsWith("-") ? -Infinity : Infinity;
  return Number(one);
}

function wholeNumber(one: unknown): string {
  const text = String(one);
  if (!/^-?\d{1,20}$/.test(text)) throw new HoldfastError("object/element", "A value is no whole number.");
  return text;
}

function textOf(one: unknown): string {
  if (one === null || one === undefined) return "";
  if (typeof one !== "object") return String(one);
  const name = one as Partial<Record<(typeof groups)[number], string>>;
  const parts = groups.map((group) => name[group] ?? "");
  while (parts.at(-1) === "") parts.pop();
  return parts.join("=");
}
