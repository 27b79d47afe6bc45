/** Writes elements.json from the dictionary of the `dcmjs` package (PS3.6): `node src/dicom/dictionary/generate.ts`. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import dcmjs from "dcmjs";
import { corrections } from "./corrections.ts";

type Entry = { tag: string; vr: string; vm: string; name: string };

export const target = new URL("./elements.json", import.meta.url);

/** Value representations that depend on context, as they are read when the context is not known (PS3.5 Annex A). */
const ambiguous: Record<string, string> = { ox: "OW", up: "UL", lt: "OW", xs: "US" };

/** One line an element: `"TAG": "VR VM Keyword"`. */
export function elementsText(): string {
  const entries = Object.values(dcmjs.data.DicomMetaDictionary.nameMap as Record<string, Entry>)
    .filter(({ tag, vr }) => /^\([0-9A-Fa-f]{4},[0-9A-Fa-f]{4}\)$/.test(tag) && vr !== "na")
    .map(({ tag, vr, vm, name }): [string, string] => [
      tag.replace(/[(),]/g, "").toUpperCase(),
      [ambiguous[vr] ?? vr, vm, name.replace(/^RETIRED_/, "")].join(" "),
    ]);
  const table = new Map([...entries, ...Object.entries(corrections)]);
  const sorted = [...table].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{\n${sorted.map(([tag, text]) => `  "${tag}": "${text}"`).join(",\n")}\n}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, elementsText());
