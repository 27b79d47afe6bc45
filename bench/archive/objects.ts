/** The load: data sets that differ only in their SOP Instance UID and a few pixels, made by patching a template. */
import { randomBytes } from "node:crypto";
import { DataSet, explicitLittleEndian, writeDataSet } from "../../src/dicom/index.ts";

export type Kind = "ct" | "small";

const ctImage = "1.2.840.10008.5.1.4.1.1.2";
const instanceUid = "2.25.111111111111111111111111111111";

export interface Load {
  sopClassUid: string;
  transferSyntaxUid: string;
  /** The data set of object `index`; the buffer is fresh. */
  object(index: number): { sopInstanceUid: string; bytes: Buffer };
}

/** `run` sets loads apart; objects of one run share a study. */
export function makeLoad(kind: Kind, run: number): Load {
  const side = kind === "ct" ? 512 : 72;
  const template = Buffer.from(writeDataSet(image(side, run), explicitLittleEndian));
  const at = template.indexOf(instanceUid);
  return {
    sopClassUid: ctImage,
    transferSyntaxUid: explicitLittleEndian,
    object(index) {
      const sopInstanceUid = `2.25.1${String(run).padStart(9, "0")}${String(index).padStart(20, "0")}`;
      const bytes = Buffer.from(template);
      bytes.write(sopInstanceUid, at, "latin1");
      return { sopInstanceUid, bytes };
    },
  };
}

/** A CT slice with noise in its lower bits, as real ones have, and a hundred header elements. */
function image(side: number, run: number): DataSet {
  const noise = randomBytes(side * side);
  const pixels = Buffer.alloc(side * side * 2);
  for (let index = 0; index < side * side; index++) pixels.writeInt16LE(-1000 + (noise[index]! & 63) + (index % side) * 2, index * 2);
  const dataSet = new DataSet()
    .set(0x00080016, "UI", ctImage)
    .set(0x00080018, "UI", instanceUid)
    .set(0x00080020, "DA", "20260401")
    .set(0x00080030, "TM", "081500")
    .set(0x00080050, "SH", `A${run}`)
    .set(0x00080060, "CS", "CT")
    .set(0x00100010, "PN", `Bench^Run${run}`)
    .set(0x00100020, "LO", `BENCH${run}`)
    .set(0x0020000d, "UI", `2.25.2${run}`)
    .set(0x0020000e, "UI", `2.25.3${run}`)
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
  for (let index = 0; index < 80; index++) dataSet.set(0x00291000 + index, "LO", `filler value ${index}`);
  return dataSet;
}
