/** A small DICOM object under given UIDs; `text` makes it another one. */
import { createHash } from "node:crypto";
import { DataSet, explicitLittleEndian, makeFileHeader, tagOf, vrOf, writeDataSet } from "../../src/dicom/index.ts";
import { markPrivate } from "../support/traces/traces.ts";
import type { Place } from "./model.ts";

const ct = "1.2.840.10008.5.1.4.1.1.2";

export function objectOf(place: Place, text: string): { file: Buffer; digest: string } {
  const { patientId, studyUid, seriesUid, sopInstanceUid } = place;
  markPrivate(patientId);
  const dataSet = new DataSet();
  const attributes = {
    SOPClassUID: ct,
    SOPInstanceUID: sopInstanceUid,
    Modality: "CT",
    SeriesDescription: text.slice(0, 64),
    PatientID: patientId,
    StudyInstanceUID: studyUid,
    SeriesInstanceUID: seriesUid,
  };
  for (const [keyword, value] of Object.entries(attributes)) dataSet.set(tagOf(keyword), vrOf(tagOf(keyword)), value);
  const header = makeFileHeader({ sopClassUid: ct, sopInstanceUid, transferSyntaxUid: explicitLittleEndian });
  const bytes = writeDataSet(dataSet, explicitLittleEndian);
  return { file: Buffer.concat([header, bytes]), digest: createHash("sha256").update(bytes).digest("hex") };
}
