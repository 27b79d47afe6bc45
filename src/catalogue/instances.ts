/** Rows of instance versions: written, ended, opened again. */
import type { DatabaseSync } from "node:sqlite";
import { open } from "./schema.ts";
import { firstText, ordinal } from "./text.ts";
import type { StoredObject, VaultLocation } from "./types.ts";

/** The newest row of an instance. */
export interface NewestRow {
  id: number;
  parent: number;
  version: number;
  visible: boolean;
  digest: Uint8Array;
  headerDigest: Uint8Array;
  syntax: number;
  segments: number[];
  key: number;
}

export class Instances {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #uids = new Map<string, number>();
  readonly #uidTexts = new Map<number, string>();

  constructor(database: DatabaseSync) {
    this.#statements = prepare(database);
  }

  newest(uid: string): NewestRow | undefined {
    const row = this.#statements.newest.get(uid) as Record<string, number | Uint8Array> | undefined;
    if (!row) return undefined;
    const { id, parent, version, syntax } = row as Record<string, number>;
    const { digest, header_digest } = row as Record<string, Uint8Array>;
    return {
      id: id!,
      parent: parent!,
      version: version!,
      visible: row["to_seq"] === open,
      digest: digest!,
      headerDigest: header_digest!,
      syntax: syntax!,
      segments: [row["segment"], row["data_segment"]].filter((each) => typeof each === "number"),
      key: row["key"] as number,
    };
  }

  add(object: StoredObject, parent: number, seq: number, time: number, members: string): void {
    const { location, data, attributes } = object;
    this.#statements.add.run(
      object.sopInstanceUid,
      object.version,
      parent,
      seq,
      open,
      ordinal(attributes["00200013"]),
      this.#uidOf(object.sopClassUid),
      this.#uidOf(object.transferSyntaxUid),
      object.headerSize,
      object.dataSetSize,
      Buffer.from(object.digest, "hex"),
      Buffer.from(object.headerDigest, "hex"),
      location.segment,
      location.offset,
      location.length,
      data?.segment ?? null,
      data?.offset ?? null,
      data?.length ?? null,
      object.key ?? 0,
      Math.max(1, Number(firstText(attributes["00280008"])) || 1),
      time,
      members,
    );
  }

  /** A newer version takes its place. */
  supersede(row: number, seq: number): void {
    this.#statements.supersede.run(seq, row);
  }

  /** Hides what is visible in a series, or one instance of it. Returns how many. */
  hide(series: number, uid: string | undefined, seq: number, time: number): number {
    const { hide, hideOne } = this.#statements;
    return Number((uid === undefined ? hide.run(seq, time, series) : hideOne.run(seq, time, uid, series)).changes);
  }

  /** Opens again what tombstones hide. Returns how many. */
  reopen(series: number, uid: string | undefined, seq: number): number {
    const { reopen, reopenOne } = this.#statements;
    return Number((uid === undefined ? reopen.run(seq, series) : reopenOne.run(seq, uid, series)).changes);
  }

  /** Where the newest version lies. */
  places(uid: string): VaultLocation[] {
    return (this.#statements.places.all(uid, uid) as unknown as VaultLocation[]).map((row) => ({ ...row }));
  }

  findData(digest: string, key: number): VaultLocation | undefined {
    const bytes = Buffer.from(digest, "hex");
    const row = this.#statements.findData.get(bytes.subarray(0, 6), bytes, key) as VaultLocation | undefined;
    return row && { ...row };
  }

  uidText(id: number): string {
    const known = this.#uidTexts.get(id);
    if (known !== undefined) return known;
    const { text } = this.#statements.uidText.get(id) as { text: string };
    this.#uidTexts.set(id, text);
    return text;
  }

  forget(): void {
    this.#uids.clear();
    this.#uidTexts.clear();
  }

  /** SOP classes and transfer syntaxes are few: kept once, referred to by number. */
  #uidOf(text: string): number {
    const known = this.#uids.get(text);
    if (known !== undefined) return known;
    const row = this.#statements.findUid.get(text) as { id: number } | undefined;
    const id = row?.id ?? Number(this.#statements.addUid.run(text).lastInsertRowid);
    if (this.#uids.size > 1_000) this.forget();
    this.#uids.set(text, id);
    return id;
  }
}

function prepare(database: DatabaseSync) {
  const hide = "UPDATE instance SET to_seq = ?, deleted = ?";
  const copied = `uid, version, parent, to_seq, deleted, number, class, syntax, header_size, data_size, digest,
    header_digest, segment, offset, length, data_segment, data_offset, data_length, key, frames, stored_at, members`;
  const reopen = `
    INSERT INTO instance (from_seq, ${copied})
    SELECT ?, ${copied.replace("to_seq, deleted", `${open}, 0`)} FROM instance AS hidden`;
  const isHidden = `deleted > 0 AND NOT EXISTS (
    SELECT 1 FROM instance AS newer WHERE newer.uid = hidden.uid AND newer.id > hidden.id)`;
  return {
    newest: database.prepare(
      `SELECT id, parent, version, to_seq, digest, header_digest, syntax, segment, data_segment, key
       FROM instance WHERE uid = ? ORDER BY id DESC LIMIT 1`,
    ),
    add: database.prepare(`
      INSERT INTO instance (uid, version, parent, from_seq, to_seq, number, class, syntax, header_size, data_size,
        digest, header_digest, segment, offset, length, data_segment, data_offset, data_length, key, frames, stored_at,
        members)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    supersede: database.prepare("UPDATE instance SET to_seq = ? WHERE id = ?"),
    hide: database.prepare(`${hide} WHERE parent = ? AND to_seq = ${open}`),
    hideOne: database.prepare(`${hide} WHERE uid = ? AND parent = ? AND to_seq = ${open}`),
    reopen: database.prepare(`${reopen} WHERE parent = ? AND ${isHidden}`),
    reopenOne: database.prepare(`${reopen} WHERE uid = ? AND parent = ? AND ${isHidden}`),
    places: database.prepare(`
      SELECT segment, offset, length FROM instance WHERE id = (SELECT max(id) FROM instance WHERE uid = ?1)
      UNION ALL SELECT data_segment, data_offset, data_length FROM instance
      WHERE id = (SELECT max(id) FROM instance WHERE uid = ?2) AND data_segment IS NOT NULL`),
    findData: database.prepare(`
      SELECT coalesce(data_segment, segment) AS segment, coalesce(data_offset, offset) AS offset,
        coalesce(data_length, length) AS length
      FROM instance WHERE substr(digest, 1, 6) = ? AND digest = ? AND key = ?
        AND coalesce(data_segment, segment) NOT IN (SELECT segment FROM collected) LIMIT 1`),
    uidText: database.prepare("SELECT text FROM uid WHERE id = ?"),
    findUid: database.prepare("SELECT id FROM uid WHERE text = ?"),
    addUid: database.prepare("INSERT INTO uid (text) VALUES (?)"),
  };
}
