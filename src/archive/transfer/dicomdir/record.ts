/** One directory record (PS3.3 F.3.2.2), encoded at once; its offsets are filled in when all lengths are known. */
import { DataSet, tagOf, vrOf, writeDataSet } from "../../../dicom/index.ts";

export const explicitLittleEndian = "1.2.840.10008.1.2.1";

/** Item header 8, then (0004,1400) and (0004,1410) and (0004,1420) with explicit VR headers of 8 bytes each. */
const itemHeader = 8;
const nextOffsetAt = itemHeader + 8;
const lowerOffsetAt = nextOffsetAt + 4 + 8 + 2 + 8;

export interface Referenced {
  fileId: string[];
  sopClassUid: string;
  sopInstanceUid: string;
  transferSyntaxUid: string;
}

export class DirectoryRecord {
  readonly children: DirectoryRecord[] = [];
  readonly #bytes: Buffer;

  constructor(type: string, keys: string[], source: DataSet, file?: Referenced) {
    const record = new DataSet()
      .set(tagOf("OffsetOfTheNextDirectoryRecord"), "UL", 0)
      .set(tagOf("RecordInUseFlag"), "US", 0xffff)
      .set(tagOf("OffsetOfReferencedLowerLevelDirectoryEntity"), "UL", 0)
      .set(tagOf("DirectoryRecordType"), "CS", type);
    if (type === "PRIVATE" && file) record.set(tagOf("PrivateRecordUID"), "UI", file.sopClassUid);
    if (file) reference(record, file);
    for (const key of keys) copy(key, source, record);
    const body = writeDataSet(record, explicitLittleEndian);
    const header = Buffer.alloc(itemHeader);
    header.writeUInt16LE(0xfffe, 0);
    header.writeUInt16LE(0xe000, 2);
    header.writeUInt32LE(body.length, 4);
    this.#bytes = Buffer.concat([header, body]);
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** Offsets from the first byte of the file; 0 means there is none. */
  encode(next: number, lower: number): Buffer {
    this.#bytes.writeUInt32LE(next, nextOffsetAt);
    this.#bytes.writeUInt32LE(lower, lowerOffsetAt);
    return this.#bytes;
  }
}

function reference(record: DataSet, file: Referenced): void {
  record
    .set(tagOf("ReferencedFileID"), "CS", file.fileId)
    .set(tagOf("ReferencedSOPClassUIDInFile"), "UI", file.sopClassUid)
    .set(tagOf("ReferencedSOPInstanceUIDInFile"), "UI", file.sopInstanceUid)
    .set(tagOf("ReferencedTransferSyntaxUIDInFile"), "UI", file.transferSyntaxUid);
}

/** Copies the bytes as they are: the record carries the object's own Specific Character Set. */
function copy(key: string, source: DataSet, record: DataSet): void {
  const tag = tagOf(key.replace("=", ""));
  const element = source.get(tag);
  const value = element?.items ?? element?.bytes;
  if (value !== undefined) record.set(tag, element!.vr, value);
  else if (key.endsWith("=")) record.set(tag, vrOf(tag), vrOf(tag) === "SQ" ? [] : new Uint8Array(0));
}
