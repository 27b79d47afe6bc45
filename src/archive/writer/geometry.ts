/**
 * A digest of a beam: everything in it that shapes the dose, control points included. Names, descriptions, dates and
 * private elements are left out, and numbers count by their value, so that another system's spelling changes nothing.
 */
import { createHash, type Hash } from "node:crypto";
import type { DataSet, Element } from "../../dicom/index.ts";

/** Text for people, and times: they may change without the beam. */
const textual = new Set(["LO", "SH", "ST", "LT", "UT", "PN", "UC", "DA", "TM", "DT", "AE"]);
const numeric = new Set(["DS", "IS", "FL", "FD", "US", "SS", "UL", "SL", "OF", "OD", "OL"]);
const beamMeterset = 0x300a0086;

/** `digest`: SHA-256, hex. `whole` is false where values were left out by the limits of the scan: their place counts then. */
export function geometryOf(beam: DataSet): { digest: string; whole: boolean } {
  const hash = createHash("sha256");
  const whole = feed(beam, hash);
  return { digest: hash.digest("hex"), whole };
}

function feed(dataSet: DataSet, hash: Hash): boolean {
  let whole = true;
  for (const element of dataSet) {
    const { tag, vr, items, bulk } = element;
    const isPrivate = (tag >>> 16) % 2 === 1;
    if (isPrivate || textual.has(vr) || tag === beamMeterset || (tag & 0xffff) === 0) continue;
    hash.update(`${tag.toString(16)}=`);
    if (bulk) {
      hash.update(`#${bulk.length};`);
      whole = false;
    } else if (items) {
      for (const item of items) {
        hash.update("[");
        if (!feed(item, hash)) whole = false;
        hash.update("]");
      }
    } else hash.update(told(dataSet, element));
  }
  return whole;
}

function told(dataSet: DataSet, { tag, vr, bytes }: Element): string | Uint8Array {
  if (numeric.has(vr)) return `${dataSet.numbers(tag).join("\\")};`;
  if (vr === "CS" || vr === "UI" || vr === "AS") return `${dataSet.strings(tag).join("\\")};`;
  return bytes ?? ";";
}
