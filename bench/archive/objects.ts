/** The load: data sets that differ only in their SOP Instance UID and a few pixels, made by patching a template. */
import { randomBytes } from "node:crypto";
import { DataSet, explicitLittleEndian, writeDataSet } from "../../src/dicom/index.ts";

/** `ct`: 525 KB in one series; `small`: 14 KB in one series; `studies`: 14 KB, ten to a study; `thin`: 2 KB, one to a study. */
export type Kind = "ct" | "small" | "studies" | "thin";

const ctImage = "1.2.840.10008.5.1.4.1.1.2";
const instanceUid = "2.25.111111111111111111111111111111";

export interface Load {
  sopClassUid: string;
  transferSyntaxUid: string;
  /** The data set of object `index`; the buffer is fresh. */
  object(index: number): { sopInstanceUid: string; bytes: Buffer };
}

/** Objects of a study in loads of many studies. */
const perStudy: Partial<Record<Kind, number>> = { studies: 10, thin: 1 };
const studyUid = "2.25.222222222222222222222222222222";
const seriesUid = "2.25.333333333333333333333333333333";
const patientId = "PATIENT-000000000000";

/** The UIDs and the patient of object `index`; `run` sets loads apart. All have the length of the template's. */
export function identityOf(kind: Kind, run: number, index: number, inStudy = perStudy[kind]) {
  const study = Math.floor(index / (inStudy ?? Number.MAX_SAFE_INTEGER));
  const uid = (digit: number, number: number): string =>
    `2.25.${digit}${String(run).padStart(9, "0")}${String(number).padStart(20, "0")}`;
  return {
    studyUid: uid(2, study),
    seriesUid: uid(3, study),
    sopInstanceUid: uid(1, index),
    patientId: `PATIENT-${String(run).padStart(3, "0")}${String(study).padStart(9, "0")}`,
  };
}

/** `inStudy`: objects of a study, where the kind's own number is not meant. */
export function makeLoad(kind: Kind, run: number, inStudy = perStudy[kind]): Load {
  const side = kind === "ct" ? 512 : kind === "thin" ? 4 : 72;
  const template = Buffer.from(writeDataSet(image(side, kind === "thin" ? 5 : 80), explicitLittleEndian));
  const places = [instanceUid, studyUid, seriesUid, patientId].map((text) => template.indexOf(text));
  return {
    sopClassUid: ctImage,
    transferSyntaxUid: explicitLittleEndian,
    object(index) {
      const identity = identityOf(kind, run, index, inStudy);
      const bytes = Buffer.from(template);
      const texts = [identity.sopInstanceUid, identity.studyUid, identity.seriesUid, identity.patientId];
      for (const [place, text] of texts.entries()) bytes.write(text, places[place]!, "latin1");
      return { sopInstanceUid: identity.sopInstanceUid, bytes };
    },
  };
}

/** A CT slice with noise in its lower bits, as real ones have, and many header elements. */
function image(side: number, fillers: number): DataSet {
  const noise = randomBytes(side * side);
  const pixels = Buffer.alloc(side * side * 2);
  for (let index = 0; index < side * side; index++)
    pixels.writeInt16LE(-1000 + (noise[index]! & 63) + (index % side) * 2, index * 2);
  const dataSet = new DataSet()
    .set(0x00080016, "UI", ctImage)
    .set(0x00080018, "UI", instanceUid)
    .set(0x00080020, "DA", "20260401")
    .set(0x00080030, "TM", "081500")
    .set(0x00080050, "SH", "A1")
    .set(0x00080060, "CS", "CT")
    .set(0x00100010, "PN", "Bench^Patient")
    .set(0x00100020, "LO", patientId)
    .set(0x0020000d, "UI", studyUid)
    .set(0x0020000e, "UI", seriesUid)
    .set(0x00200013, "IS", "1")
    .set(0x00280002, "US", 1)
    .set(0x00280004, "CS", "MONOCHROME2")
    .set(0x00280010, "US", side)
    .set(0x00280011, "US", side)
    .set(0x00280100, "US", 16)
    .set(0x00280101, "US", 16)
    .set(0x00280102, "US", 15)
    .set(0x00280103, "US", 1)
    .set(0x7fe00010, "OW", pixels);
  dataSet.set(0x00290010, "LO", "HOLDFAST BENCH");
  for (let index = 0; index < fillers; index++) dataSet.set(0x00291000 + index, "LO", `filler value ${index}`);
  return dataSet;
}
