/** Rows of instance versions as the archive sees them. */
import type { StatementCache } from "../statements.ts";
import type { InstanceRef, VaultLocation } from "../types.ts";

export const refColumns = `
  i.uid, i.class, i.syntax, i.version, i.header_size, i.data_size, i.digest, i.frames, i.stored_at,
  i.segment, i.offset, i.length, i.data_segment, i.data_offset, i.data_length, i.key`;

type RefRow = [
  uid: string,
  sopClass: number,
  syntax: number,
  version: number,
  headerSize: number,
  dataSize: number,
  digest: Uint8Array,
  frames: number,
  storedAt: number,
  segment: number,
  offset: number,
  length: number,
  dataSegment: number | null,
  dataOffset: number,
  dataLength: number,
  key: number,
];
/** A row that begins with `refColumns`. */
export type Row = [...RefRow, ...unknown[]];

export const refColumnCount = 16;

/** What an instance belongs to. */
export interface Place {
  patientId: string;
  studyUid: string;
  seriesUid: string;
}

/** Makes references; SOP classes and transfer syntaxes are few, so their texts are kept. */
export class RefMaker {
  readonly #statements: StatementCache;
  readonly #texts = new Map<number, string>();

  constructor(statements: StatementCache) {
    this.#statements = statements;
  }

  make(row: Row, place: Place): InstanceRef {
    const [uid, sopClass, syntax, version, headerSize, dataSetSize, digest, frames, storedAt] = row;
    return {
      ...place,
      sopInstanceUid: uid,
      sopClassUid: this.#text(sopClass),
      transferSyntaxUid: this.#text(syntax),
      version,
      headerSize,
      dataSetSize,
      digest: Buffer.from(digest.buffer, digest.byteOffset, digest.length).toString("hex"),
      frames,
      storedAt,
      location: locationOf(row),
    };
  }

  #text(id: number): string {
    const known = this.#texts.get(id);
    if (known !== undefined) return known;
    const [text] = this.#statements.get("SELECT text FROM uid WHERE id = ?").get(id) as unknown as [string];
    if (this.#texts.size > 1_000) this.#texts.clear();
    this.#texts.set(id, text);
    return text;
  }
}

function locationOf(row: Row): { location: VaultLocation; data?: VaultLocation; key: number } {
  const [segment, offset, length, dataSegment, dataOffset, dataLength, key] = row.slice(9, refColumnCount) as [
    number,
    number,
    number,
    number | null,
    number,
    number,
    number,
  ];
  const location = { segment, offset, length };
  if (dataSegment === null) return { location, key };
  return { location, data: { segment: dataSegment, offset: dataOffset, length: dataLength }, key };
}
