/** Writes elements.json from the dictionary of the `dcmjs` package (PS3.6): `node src/dicom/dictionary/generate.ts`. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import dcmjs from "dcmjs";

type Entry = { tag: string; vr: string; name: string };

/** Value representations that depend on context, as they are read when the context is not known (PS3.5 Annex A). */
const ambiguous: Record<string, string> = { ox: "OW", up: "UL", lt: "OW", xs: "US" };

export function elementsText(): string {
  const entries = Object.values(dcmjs.data.DicomMetaDictionary.nameMap as Record<string, Entry>)
    .filter(({ tag, vr }) => /^\([0-9A-Fa-f]{4},[0-9A-Fa-f]{4}\)$/.test(tag) && /^(?!na)[A-Za-z]{2}/.test(vr))
    .map(({ tag, vr, name }): [string, string] => [
      tag.replace(/[(),]/g, "").toUpperCase(),
      `${ambiguous[vr.slice(0, 2)] ?? vr.slice(0, 2)}${name}`,
    ])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(entries)).replaceAll('","', '",\n"')}\n`;
}

const target = new URL("./elements.json", import.meta.url);
if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, elementsText());

/** True while the committed table is what the package gives. */
export const isCurrent = (): boolean => readFileSync(target, "utf8") === elementsText();
