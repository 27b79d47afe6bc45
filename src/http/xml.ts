import type { DicomJson } from "../archive/index.ts";
import { keywordOf } from "../dicom/index.ts";

/** The Native DICOM Model (PS3.19 A.1) of a DICOM JSON object, as one XML document. */
export function toNativeXml(model: DicomJson): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM">${attributes(model)}</NativeDicomModel>`;
}

function attributes(model: DicomJson): string {
  let xml = "";
  for (const [tag, element] of Object.entries(model)) {
    const keyword = keywordOf(Number.parseInt(tag, 16));
    const named = keyword === undefined ? "" : ` keyword="${keyword}"`;
    xml += `<DicomAttribute tag="${tag}" vr="${element.vr}"${named}>${content(element)}</DicomAttribute>`;
  }
  return xml;
}

function content(element: DicomJson[string]): string {
  if (element.InlineBinary !== undefined) return `<InlineBinary>${element.InlineBinary}</InlineBinary>`;
  if (element.BulkDataURI !== undefined) return `<BulkData uri="${escaped(element.BulkDataURI)}"/>`;
  return (element.Value ?? []).map((value, index) => entry(element.vr, value, index + 1)).join("");
}

function entry(vr: string, value: unknown, number: number): string {
  if (vr === "SQ") return `<Item number="${number}">${attributes(value as DicomJson)}</Item>`;
  if (value === null) return "";
  if (vr === "PN") return `<PersonName number="${number}">${name(value as Record<string, string>)}</PersonName>`;
  return `<Value number="${number}">${escaped(String(value))}</Value>`;
}

const components = ["FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix"];

function name(groups: Record<string, string>): string {
  let xml = "";
  for (const group of ["Alphabetic", "Ideographic", "Phonetic"]) {
    const text = groups[group];
    if (text === undefined) continue;
    const parts = text
      .split("^")
      .map((part, i) => (part === "" ? "" : `<${components[i]}>${escaped(part)}</${components[i]}>`));
    xml += `<${group}>${parts.slice(0, components.length).join("")}</${group}>`;
  }
  return xml;
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

const notXml = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** Characters that XML 1.0 cannot hold are left out. */
function escaped(text: string): string {
  return text.replace(notXml, "").replace(/[&<>"']/g, (c) => entities[c]!);
}
