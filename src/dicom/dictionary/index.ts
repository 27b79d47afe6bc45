/** The data dictionary of PS3.6: tags, keywords and value representations. */
import elements from "./elements.json" with { type: "json" };

/** A tag as one number: 0x00100010 is (0010,0010). */
export type Tag = number;

export type Vr =
  | "AE"
  | "AS"
  | "AT"
  | "CS"
  | "DA"
  | "DS"
  | "DT"
  | "FD"
  | "FL"
  | "IS"
  | "LO"
  | "LT"
  | "OB"
  | "OD"
  | "OF"
  | "OL"
  | "OV"
  | "OW"
  | "PN"
  | "SH"
  | "SL"
  | "SQ"
  | "SS"
  | "ST"
  | "SV"
  | "TM"
  | "UC"
  | "UI"
  | "UL"
  | "UN"
  | "UR"
  | "US"
  | "UT"
  | "UV";

interface Entry {
  vr: Vr;
  keyword: string;
}

const byTag = new Map<Tag, Entry>();
const byKeyword = new Map<string, Tag>();
for (const [tag, text] of Object.entries(elements)) {
  const entry = { vr: text.slice(0, 2) as Vr, keyword: text.slice(2) };
  byTag.set(Number.parseInt(tag, 16), entry);
  byKeyword.set(entry.keyword, Number.parseInt(tag, 16));
}

/** The tag of a keyword. @throws RangeError for a keyword the dictionary does not have. */
export function tagOf(keyword: string): Tag {
  const tag = byKeyword.get(keyword);
  if (tag === undefined) throw new RangeError(`no such keyword: ${keyword}`);
  return tag;
}

/** The tag of a keyword or of eight hex digits; undefined when it is neither. */
export function tagFrom(text: string): Tag | undefined {
  return byKeyword.get(text) ?? (/^[0-9A-Fa-f]{8}$/.test(text) ? Number.parseInt(text, 16) : undefined);
}

export function keywordOf(tag: Tag): string | undefined {
  return byTag.get(tag)?.keyword;
}

/** The value representation as it is assumed where the encoding does not state it (PS3.5 Annex A.1). */
export function vrOf(tag: Tag): Vr {
  const known = byTag.get(tag);
  if (known) return known.vr;
  const element = tag & 0xffff;
  if (element === 0) return "UL";
  if (isPrivate(tag)) return element >= 0x10 && element <= 0xff ? "LO" : "UN";
  return repeatingVr(tag);
}

export function isPrivate(tag: Tag): boolean {
  return (tag & 0x10000) !== 0;
}

/** Repeating groups 50xx (curves, retired) and 60xx (overlays) are listed for their first group only. */
function repeatingVr(tag: Tag): Vr {
  const group = tag >>> 24;
  if (group !== 0x50 && group !== 0x60) return "UN";
  if (tag % 0x10000 === 0x3000) return "OW";
  return byTag.get(((group << 24) | (tag & 0xffff)) >>> 0)?.vr ?? "UN";
}

/** Eight upper-case hex digits, as in DICOM JSON. */
export function tagText(tag: Tag): string {
  return tag.toString(16).padStart(8, "0").toUpperCase();
}
