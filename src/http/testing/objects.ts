import { channel } from "node:diagnostics_channel";
import { DataSet, makeFileHeader, writeDataSet } from "../../dicom/index.ts";

const secondaryCapture = "1.2.840.10008.5.1.4.1.1.7";
/** What a run of the tests shall find in no log, metric or error (test/support/traces). */
const privateData = channel("holdfast:test:private");

export const explicitLittleEndian = "1.2.840.10008.1.2.1";

export interface ObjectOptions {
  study?: string;
  series?: string;
  instance?: string;
  patientId?: string;
  transferSyntaxUid?: string;
  /** Changes the data set before it is encoded. */
  edit?(dataSet: DataSet): void;
}

/** A small, complete secondary capture image as a Part 10 file. */
export function makeObject(options: ObjectOptions = {}): Buffer {
  const { study = "1.2.3", series = "1.2.3.1", instance = "1.2.3.1.1", patientId = "P1" } = options;
  const transferSyntaxUid = options.transferSyntaxUid ?? explicitLittleEndian;
  privateData.publish([patientId, study, series, instance]);
  const dataSet = new DataSet();
  dataSet
    .set(0x00080005, "CS", "ISO_IR 192")
    .set(0x00080016, "UI", secondaryCapture)
    .set(0x00080018, "UI", instance)
    .set(0x00080020, "DA", "20260401")
    .set(0x00080060, "CS", "OT")
    .set(0x00100010, "PN", "Müller^Test")
    .set(0x00100020, "LO", patientId)
    .set(0x0020000d, "UI", study)
    .set(0x0020000e, "UI", series)
    .set(0x00200013, "IS", "1")
    .set(0x00280002, "US", 1)
    .set(0x00280004, "CS", "MONOCHROME2")
    .set(0x00280010, "US", 4)
    .set(0x00280011, "US", 4)
    .set(0x00280100, "US", 8)
    .set(0x00280101, "US", 8)
    .set(0x00280102, "US", 7)
    .set(0x00280103, "US", 0)
    .set(
      0x7fe00010,
      "OW",
      Uint8Array.from({ length: 16 }, (_, i) => i * 16),
    );
  options.edit?.(dataSet);
  const header = makeFileHeader({ sopClassUid: secondaryCapture, sopInstanceUid: instance, transferSyntaxUid });
  return Buffer.concat([header, writeDataSet(dataSet, transferSyntaxUid)]);
}
