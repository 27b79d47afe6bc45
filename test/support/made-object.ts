/** Small, valid DICOM objects numbered by study, series and instance. Everything follows from the numbers given. */
import { DataSet, explicitLittleEndian, makeFileHeader, tagOf, vrOf, writeDataSet } from "../../src/dicom/index.ts";
import { ctImage } from "./objects.ts";
import { markPrivate } from "./traces/traces.ts";

export interface ObjectPlan {
  patient?: string;
  study?: number;
  series?: number;
  instance?: number;
  sopClassUid?: string;
  transferSyntaxUid?: string;
  /** Bytes of Pixel Data; 0 for an object without. */
  pixels?: number;
  /** More attributes by keyword; values as text or numbers. */
  attributes?: Record<string, string | number | string[]>;
}

export interface MadeObject {
  file: Buffer;
  header: Buffer;
  dataSet: Buffer;
  studyUid: string;
  seriesUid: string;
  sopInstanceUid: string;
  sopClassUid: string;
}

const root = "1.2.826.0.1.3680043.10.511";

export function makeObject(plan: ObjectPlan = {}): MadeObject {
  const { patient = "P1", study = 1, series = 1, instance = 1, pixels = 512 } = plan;
  const { sopClassUid = ctImage, transferSyntaxUid = explicitLittleEndian } = plan;
  const studyUid = `${root}.${study}`;
  const seriesUid = `${studyUid}.${series}`;
  const sopInstanceUid = `${seriesUid}.${instance}`;
  const dataSet = new DataSet();
  const attributes: Record<string, string | number | string[]> = {
    SpecificCharacterSet: "ISO_IR 192",
    SOPClassUID: sopClassUid,
    SOPInstanceUID: sopInstanceUid,
    StudyDate: "20260420",
    StudyTime: "030000",
    AccessionNumber: `A${study}`,
    Modality: "CT",
    StudyDescription: `Study ${study}`,
    SeriesDescription: `Series ${series}`,
    PatientName: `Test^${patient}`,
    PatientID: patient,
    StudyInstanceUID: studyUid,
    SeriesInstanceUID: seriesUid,
    StudyID: String(study),
    SeriesNumber: String(series),
    InstanceNumber: String(instance),
    ...plan.attributes,
  };
  for (const keyword of ["PatientID", "PatientName", "AccessionNumber"]) markPrivate(String(attributes[keyword]));
  for (const [keyword, value] of Object.entries(attributes)) dataSet.set(tagOf(keyword), vrOf(tagOf(keyword)), value);
  if (pixels > 0) addPixels(dataSet, pixels, study * 31 + series * 7 + instance);
  const header = Buffer.from(makeFileHeader({ sopClassUid, sopInstanceUid, transferSyntaxUid }));
  const body = Buffer.from(writeDataSet(dataSet, transferSyntaxUid));
  const file = Buffer.concat([header, body]);
  return { file, header, dataSet: body, studyUid, seriesUid, sopInstanceUid, sopClassUid };
}

/** One 16-bit frame of `size` bytes, one row. */
function addPixels(dataSet: DataSet, size: number, seed: number): void {
  dataSet
    .set(tagOf("SamplesPerPixel"), "US", 1)
    .set(tagOf("PhotometricInterpretation"), "CS", "MONOCHROME2")
    .set(tagOf("Rows"), "US", 1)
    .set(tagOf("Columns"), "US", size / 2)
    .set(tagOf("BitsAllocated"), "US", 16)
    .set(tagOf("BitsStored"), "US", 16)
    .set(tagOf("HighBit"), "US", 15)
    .set(tagOf("PixelRepresentation"), "US", 0)
    .set(
      tagOf("PixelData"),
      "OW",
      Uint8Array.from({ length: size }, (_, index) => (index * 13 + seed) & 0xff),
    );
}
