/** Writes a DICOMDIR: the Basic Directory of PS3.3 F.3, explicit VR little endian as PS3.10 8.6 asks for. */
import { DataSet, makeFileHeader, tagOf, writeDataSet } from "../../../dicom/index.ts";
import type { InstanceRef } from "../../types.ts";
import { DirectoryRecord, explicitLittleEndian } from "./record.ts";
import { patientKeys, recordTypeOf, seriesKeys, studyKeys } from "./record-types.ts";

const mediaStorageDirectory = "1.2.840.10008.1.3.10";

export class DicomdirBuilder {
  readonly #uid: string;
  /** Patient, study and series records, and what is below the file-set itself. */
  readonly #roots: DirectoryRecord[] = [];
  readonly #nodes = new Map<string, DirectoryRecord>();

  /** `sopInstanceUid` names the file-set. */
  constructor(sopInstanceUid: string) {
    this.#uid = sopInstanceUid;
  }

  /** `header`: the object's elements without its large values; `fileId`: its path on the media. */
  add(ref: InstanceRef, fileId: string[], header: DataSet): void {
    const patient = this.#node(this.#roots, `${ref.patientId}\0`, "PATIENT", patientKeys, header);
    const study = this.#node(patient.children, ref.studyUid, "STUDY", studyKeys, header);
    const series = this.#node(study.children, ref.seriesUid, "SERIES", seriesKeys, header);
    const type = recordTypeOf(ref.sopClassUid, header.has(tagOf("Rows")));
    const { sopClassUid, sopInstanceUid, transferSyntaxUid } = ref;
    series.children.push(
      new DirectoryRecord(type?.name ?? "PRIVATE", ["SpecificCharacterSet", ...(type?.keys ?? [])], header, {
        fileId,
        sopClassUid,
        sopInstanceUid,
        transferSyntaxUid,
      }),
    );
  }

  build(): Buffer {
    const header = makeFileHeader({
      sopClassUid: mediaStorageDirectory,
      sopInstanceUid: this.#uid,
      transferSyntaxUid: explicitLittleEndian,
    });
    const records = flatten(this.#roots);
    const start = header.length + this.#front(0, 0, 0).length;
    const offsets = place(records, start);
    const size = records.reduce((sum, record) => sum + record.length, 0);
    const first = this.#roots[0];
    const last = this.#roots.at(-1);
    const front = this.#front(first ? offsets.get(first)! : 0, last ? offsets.get(last)! : 0, size);
    return Buffer.concat([header, front, ...encode(this.#roots, offsets)]);
  }

  /** Everything before the first record: PS3.3 F.3.2.1 and the header of the record sequence. */
  #front(first: number, last: number, size: number): Buffer {
    const elements = new DataSet()
      .set(tagOf("FileSetID"), "CS", "HOLDFAST")
      .set(tagOf("OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity"), "UL", first)
      .set(tagOf("OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity"), "UL", last)
      .set(tagOf("FileSetConsistencyFlag"), "US", 0);
    const sequence = Buffer.from([0x04, 0x00, 0x20, 0x12, 0x53, 0x51, 0, 0, 0, 0, 0, 0]);
    sequence.writeUInt32LE(size, 8);
    return Buffer.concat([writeDataSet(elements, explicitLittleEndian), sequence]);
  }

  #node(siblings: DirectoryRecord[], key: string, type: string, keys: string[], header: DataSet): DirectoryRecord {
    const known = this.#nodes.get(`${type} ${key}`);
    if (known) return known;
    const record = new DirectoryRecord(type, keys, header);
    this.#nodes.set(`${type} ${key}`, record);
    siblings.push(record);
    return record;
  }
}

/** Depth first, as readers that do not follow offsets expect. */
function flatten(records: DirectoryRecord[]): DirectoryRecord[] {
  return records.flatMap((record) => [record, ...flatten(record.children)]);
}

function place(records: DirectoryRecord[], start: number): Map<DirectoryRecord, number> {
  const offsets = new Map<DirectoryRecord, number>();
  let at = start;
  for (const record of records) {
    offsets.set(record, at);
    at += record.length;
  }
  return offsets;
}

function encode(siblings: DirectoryRecord[], offsets: Map<DirectoryRecord, number>): Buffer[] {
  return siblings.flatMap((record, index) => {
    const next = siblings[index + 1];
    const child = record.children[0];
    const bytes = record.encode(next ? offsets.get(next)! : 0, child ? offsets.get(child)! : 0);
    return [bytes, ...encode(record.children, offsets)];
  });
}
