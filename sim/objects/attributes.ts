/** Data sets written down by keyword; items nest as plain objects. */
import {
  DataSet,
  explicitLittleEndian,
  makeFileHeader,
  tagOf,
  type Vr,
  vrOf,
  writeDataSet,
} from "../../src/dicom/index.ts";

export type AttributeValue = string | number | Uint8Array | readonly (string | number)[] | readonly Attributes[];
export interface Attributes {
  readonly [keyword: string]: AttributeValue;
}

/** A Part 10 file and what a sender needs to know of it. */
export interface GeneratedObject {
  /** Relative path, unique within a run. */
  name: string;
  bytes: Uint8Array;
  /** Where the data set begins in `bytes`. */
  dataSetOffset: number;
  sopClassUid: string;
  sopInstanceUid: string;
  transferSyntaxUid: string;
}

export function dataSetOf(attributes: Attributes, parent?: DataSet): DataSet {
  const dataSet = new DataSet(parent);
  for (const [keyword, value] of Object.entries(attributes)) {
    const tag = tagOf(keyword);
    dataSet.set(tag, vrOf(tag), encodable(value, vrOf(tag), dataSet));
  }
  return dataSet;
}

function encodable(
  value: AttributeValue,
  vr: Vr,
  parent: DataSet,
): string | string[] | number[] | Uint8Array | DataSet[] {
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  const list: readonly unknown[] = typeof value === "number" ? [value] : value;
  if (vr === "SQ") return (list as Attributes[]).map((item) => dataSetOf(item, parent));
  if (vr === "DS") return list.map((one) => (typeof one === "number" ? decimal(one) : String(one)));
  return list as number[];
}

/** A decimal string of at most 16 characters (PS3.5 6.2). */
function decimal(value: number): string {
  return String(Number(value.toPrecision(9)));
}

/** Makes the Part 10 file, explicit little endian. The data set names its SOP class and instance. */
export function fileOf(
  name: string,
  attributes: Attributes & { SOPClassUID: string; SOPInstanceUID: string },
): GeneratedObject {
  const sopClassUid = attributes.SOPClassUID;
  const sopInstanceUid = attributes.SOPInstanceUID;
  const transferSyntaxUid = explicitLittleEndian;
  const header = makeFileHeader({ sopClassUid, sopInstanceUid, transferSyntaxUid, sourceAeTitle: "SIMULATION" });
  const bytes = Buffer.concat([header, writeDataSet(dataSetOf(attributes), transferSyntaxUid)]);
  return { name, bytes, dataSetOffset: header.length, sopClassUid, sopInstanceUid, transferSyntaxUid };
}
