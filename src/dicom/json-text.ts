/** The DICOM JSON model as text: what `toDicomJson` gives, faster, and with the attributes in ascending order. */
import { latin1 } from "./charset.ts";
import type { DataSet, Element } from "./data-set.ts";
import { type Tag, tagText, type Vr } from "./dictionary/index.ts";
import { elementJson, type JsonOptions } from "./json.ts";

type Path = readonly (Tag | number)[];

/**
 * An object of JSON moves keys without letters, such as those of a structure set, to its beginning; PS3.18 F.2.2 wants
 * them in order, so this text is not made from one.
 */
export function dicomJsonText(dataSet: DataSet, options: JsonOptions = {}, path: Path = []): string {
  let text = "{";
  for (const element of dataSet) {
    if ((element.tag & 0xffff) === 0) continue; // group lengths have no place in JSON
    if (text.length > 1) text += ",";
    text += `"${tagText(element.tag)}":${elementText(dataSet, element, options, path)}`;
  }
  return `${text}}`;
}

function elementText(dataSet: DataSet, element: Element, options: JsonOptions, path: Path): string {
  const { tag, vr, items } = element;
  if (items && items.length > 0) {
    const texts = items.map((item, index) => dicomJsonText(item, options, [...path, tag, index]));
    return `{"vr":"${vr}","Value":[${texts.join()}]}`;
  }
  const value = element.bytes && valueText(vr, element.bytes);
  return value ? `{"vr":"${vr}","Value":[${value}]}` : JSON.stringify(elementJson(dataSet, element, options, path));
}

/** Values that go into JSON as they stand, which most do; undefined for all others. */
function valueText(vr: Vr, bytes: Uint8Array): string | undefined {
  if (vr === "DS" || vr === "IS") return numbersText(latin1(bytes));
  if (!single.has(vr)) return undefined;
  const text = latin1(bytes).replace(trailing, "");
  if (!plainText.test(text)) return undefined;
  return vr === "PN" ? `{"Alphabetic":"${text}"}` : `"${text}"`;
}

/** Text in which a value neither keeps spaces at its beginning nor may hold a delimiter. */
const single = new Set<Vr>(["AE", "AS", "CS", "DA", "DT", "LO", "PN", "SH", "TM", "UI"]);
/** One value of ASCII, which reads the same in every character set, with nothing that JSON or a name would set apart. */
const plainText = /^[!#-<>-[\]-~](?:[ !#-<>-[\]-~]*[!#-<>-[\]-~])?$/;
/** The padding to even length, and no more. */
const trailing = /[ \0]$/;

/** Decimal strings that are numbers of JSON as they stand, most of them, and all the many of contours and leaf positions. */
const plainNumbers = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:\\-?(?:0|[1-9]\d*)(?:\.\d+)?)*$/;
/** More digits than a double is sure to hold. */
const manyDigits = /[\d.]{16}/;

function numbersText(text: string): string | undefined {
  const values = text.replace(trailing, "");
  return plainNumbers.test(values) && !manyDigits.test(values) ? values.replaceAll("\\", ",") : undefined;
}
