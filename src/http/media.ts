import { HoldfastError } from "../core/index.ts";

/** A media type with its parameters (RFC 9110 section 8.3.1): type and parameter names in lower case. */
export interface MediaType {
  type: string;
  parameters: Map<string, string>;
}

/** One entry of an Accept field; `quality` in 0…1. */
export interface MediaRange extends MediaType {
  quality: number;
}

const maxLength = 4096;
const maxRanges = 32;
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Reads one media type; undefined when it is malformed. */
export function parseMediaType(text: string): MediaType | undefined {
  const [head = "", ...rest] = splitOutsideQuotes(text, ";");
  const type = head.trim().toLowerCase();
  const slash = type.indexOf("/");
  if (slash < 1 || !token.test(type.slice(0, slash)) || !token.test(type.slice(slash + 1))) return undefined;
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const trimmed = part.trim();
    if (trimmed === "") continue;
    const equals = trimmed.indexOf("=");
    if (equals < 1) return undefined;
    const name = trimmed.slice(0, equals).trimEnd().toLowerCase();
    const value = unquote(trimmed.slice(equals + 1).trimStart());
    if (!token.test(name) || value === undefined || parameters.has(name)) return undefined;
    parameters.set(name, value);
  }
  return { type, parameters };
}

/**
 * Reads an Accept field or the `accept` query parameter (PS3.18 8.3.3.1), best first: by quality, then by how specific
 * the range is, then as listed. Absent or empty means anything.
 */
export function parseAccept(text: string | undefined): MediaRange[] {
  if (text === undefined || text.trim() === "") return [{ type: "*/*", parameters: new Map(), quality: 1 }];
  if (text.length > maxLength) throw new HoldfastError("request/too-large", "The Accept field is too long.");
  const entries = splitOutsideQuotes(text, ",").filter((entry) => entry.trim() !== "");
  if (entries.length > maxRanges)
    throw new HoldfastError("request/too-large", "The Accept field has too many entries.");
  const ranges = entries.map((entry) => {
    const media = parseMediaType(entry);
    if (!media) throw new HoldfastError("request/invalid", "The Accept field is malformed.");
    return { ...media, quality: quality(media.parameters.get("q")) };
  });
  return ranges
    .filter((range) => range.quality > 0)
    .sort((a, b) => b.quality - a.quality || specificity(b) - specificity(a));
}

/** Does `range` (which may hold wildcards) cover `type`? */
export function covers(range: MediaRange, type: string): boolean {
  if (range.type === "*/*" || range.type === type) return true;
  return range.type.endsWith("/*") && type.startsWith(range.type.slice(0, -1));
}

function specificity(range: MediaRange): number {
  if (range.type === "*/*") return 0;
  return range.type.endsWith("/*") ? 1 : 2;
}

function quality(text: string | undefined): number {
  if (text === undefined) return 1;
  if (!/^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text)) {
    throw new HoldfastError("request/invalid", "A quality value in the Accept field is malformed.");
  }
  return Number(text);
}

function unquote(text: string): string | undefined {
  if (!text.startsWith('"')) return /^[^\s",;]+$/.test(text) ? text : undefined;
  if (text.length < 2 || !text.endsWith('"')) return undefined;
  return text.slice(1, -1).replace(/\\(.)/g, "$1");
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted && c === "\\") i++;
    else if (c === '"') quoted = !quoted;
    else if (c === separator && !quoted) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
