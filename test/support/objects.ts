/** Small sound DICOM objects for tests. */
import { DataSet, explicitLittleEndian, makeFileHeader, writeDataSet } from "../../src/dicom/index.ts";
import { markPrivate } from "./traces/traces.ts";

export interface ObjectFields {
  patient?: string;
  name?: string;
  study?: string;
  series?: string;
  instance?: string;
  sopClass?: string;
  /** Bytes of 8-bit pixels: one row. */
  pixels?: Uint8Array;
  extra?: (dataSet: DataSet) => void;
}

export const ctImage = "1.2.840.10008.5.1.4.1.1.2";

export function dataSetOf(fields: ObjectFields = {}): DataSet {
  const { patient = "P1", name = "Test^Object" } = fields;
  markPrivate(patient, name);
  const dataSet = new DataSet()
    .set(0x00080005, "CS", "ISO_IR 192")
    .set(0x00080016, "UI", fields.sopClass ?? ctImage)
    .set(0x00080018, "UI", fields.instance ?? "2.25.1.1.1")
    .set(0x00080020, "DA", "20260401")
    .set(0x00080030, "TM", "101500")
    .set(0x00080060, "CS", "CT")
    .set(0x00100010, "PN", name)
    .set(0x00100020, "LO", patient)
    .set(0x0020000d, "UI", fields.study ?? "2.25.1")
    .set(0x0020000e, "UI", fields.series ?? "2.25.1.1")
    .set(0x00200013, "IS", "1");
  if (fields.pixels) {
    dataSet
      .set(0x00280002, "US", 1)
      .set(0x00280004, "CS", "MONOCHROME2")
      .set(0x00280010, "US", 1)
      .set(0x00280011, "US", fields.pixels.length)
      .set(0x00280100, "US", 8)
      .set(0x7fe00010, "OB", fields.pixels);
  }
  fields.extra?.(dataSet);
  return dataSet;
}

/** The data set bytes, explicit VR little endian. */
export function dataSetBytes(fields: ObjectFields = {}): Uint8Array {
  return writeDataSet(dataSetOf(fields), explicitLittleEndian);
}

/** A Part 10 file. */
export function fileBytes(fields: ObjectFields = {}): Buffer {
  const header = makeFileHeader({
    sopClassUid: fields.sopClass ?? ctImage,
    sopInstanceUid: fields.instance ?? "2.25.1.1.1",
    transferSyntaxUid: explicitLittleEndian,
    sourceAeTitle: "TEST",
  });
  return Buffer.concat([header, dataSetBytes(fields)]);
}
