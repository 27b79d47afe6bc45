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
  text: string;
  vr: Vr;
  vm: string;
  keyword: string;
}

const byTag = new Map<Tag, Entry>();
const byKeyword = new Map<string, Tag>();
for (const [hex, text] of Object.entries(elements)) {
  const gap = text.indexOf(" ", 3);
  const entry = { text: hex, vr: text.slice(0, 2) as Vr, vm: text.slice(3, gap), keyword: text.slice(gap + 1) };
  const tag = Number.parseInt(hex, 16);
  byTag.set(tag, entry);
  byKeyword.set(entry.keyword, tag);
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
  return entryOf(tag)?.keyword;
}

/** Value multiplicity as PS3.6 writes it (`1`, `2-2n`, …); undefined for elements it does not list. */
export function vmOf(tag: Tag): string | undefined {
  return entryOf(tag)?.vm;
}

/** The value representation as it is assumed where the encoding does not state it (PS3.5 Annex A.1). */
export function vrOf(tag: Tag): Vr {
  const known = entryOf(tag);
  if (known) return known.vr;
  const element = tag & 0xffff;
  if (element === 0) return "UL";
  return isPrivate(tag) && element >= 0x10 && element <= 0xff ? "LO" : "UN";
}

export function isPrivate(tag: Tag): boolean {
  return (tag & 0x10000) !== 0;
}

function entryOf(tag: Tag): Entry | undefined {
  return byTag.get(tag) ?? (isPrivate(tag) ? undefined : byTag.get(firstOfRepeated(tag)));
}

/** Curves (50xx), overlays (60xx), source image IDs (0020,31xx) and the like are listed for their first number only. */
function firstOfRepeated(tag: Tag): Tag {
  const group = tag >>> 24;
  if (group === 0x50 || group === 0x60 || group === 0x7f) return ((group << 24) | (tag & 0xffff)) >>> 0;
  return tag >>> 8 === 0x002031 ? 0x00203100 : tag;
}

/** Eight upper-case hex digits, as in DICOM JSON. */
export function tagText(tag: Tag): string {
  return byTag.get(tag)?.text ?? tag.toString(16).padStart(8, "0").toUpperCase();
}
