import type { DatabaseSync, StatementSync } from "node:sqlite";
import { openForWriting } from "./database.ts";
import { Entities } from "./entities.ts";
import type { Entity } from "./entity.ts";
import { Instances } from "./instances.ts";
import { KeyRows } from "./keys.ts";
import { splitLevels } from "./members.ts";
import { type PatientFacts, patientFacts } from "./patient.ts";
import { open } from "./schema.ts";
import type {
  CurrentInstance,
  DeleteTarget,
  JournalEntry,
  JournalRecord,
  StateChange,
  StoredObject,
  VaultLocation,
} from "./types.ts";

/**
 * The one writer of a catalogue. Entries are applied in order and become visible, together, with `commit`. What throws
 * goes back to the last commit first, so that `appliedSeq` says at any time what is to be applied next.
 */
export interface CatalogueWriter {
  /** Begins a transaction when none is open. Entries already applied are ignored. @throws RangeError on a gap */
  apply(entry: JournalEntry): void;
  commit(): void;
  /** Back to the last commit. */
  rollback(): void;
  /** The last entry applied, -1 when none is; committed or not. */
  readonly appliedSeq: number;
  readonly committedSeq: number;
  /** The newest version of an instance, uncommitted ones included. */
  current(sopInstanceUid: string, tenant?: string): CurrentInstance | undefined;
  /** The records that the newest version of an instance lies in. */
  places(sopInstanceUid: string, tenant?: string): VaultLocation[];
  /** The record that holds a data set with this SHA-256 (hex) under this patient's key; each tenant has its own. */
  findData(digest: string, key: number, tenant?: string): VaultLocation | undefined;
  /** Tenants with a catalogue of their own, and the last entry that changed it. */
  tenants(): { name: string; seq: number }[];
  /** What there is of a patient with this ID, uncommitted things included; nothing when the clinic has none. */
  patient(patientId: string, tenant?: string): PatientFacts;
  /** What stands in a collection of settings, by key. */
  settings(collection: string): Map<string, unknown>;
  /** Segments that were collected. */
  collected(): Set<number>;
  /** Of these segments, those in which something lies that is visible or held back. */
  seenIn(segments: readonly number[]): number[];
  /** Wrapped keys, uncommitted ones included. */
  readonly keys: KeyRows;
  close(): void;
}

export type TenantWriter = Omit<CatalogueWriter, "tenants" | "keys">;

export interface MainWriter extends CatalogueWriter {
  pass(entry: JournalEntry, tenant: string): void;
  note(tenants: Iterable<string>, seq: number): void;
}

/** The catalogue that follows every entry, or some. @throws HoldfastError storage/format when another version made it */
export function openMain(file: string, partial = false): MainWriter {
  return mainOn(openForWriting(file), partial);
}

/** On a connection that {@link openForWriting} made. */
export const mainOn = (database: DatabaseSync, partial = false): MainWriter => new Writer(database, partial);

/** One that is given the entries of its tenant only. @throws HoldfastError storage/format */
export function openSparse(file: string): TenantWriter {
  return new Writer(openForWriting(file), true);
}

interface State {
  applied_seq: number;
  time: number;
  patients: number;
  studies: number;
  series: number;
  instances: number;
  versions: number;
  bytes: number;
}

class Writer implements CatalogueWriter {
  readonly #database: DatabaseSync;
  readonly #entities: Entities;
  readonly #instances: Instances;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #sparse: boolean;
  readonly keys: KeyRows;
  #open = false;
  /** The last rollback failed: what is held in memory may not be what the file says. */
  #stale = false;
  #appliedSeq = -1;
  #committedSeq = -1;
  #time = 0;
  #versions = 0;
  #bytes = 0;

  constructor(database: DatabaseSync, sparse: boolean) {
    this.#database = database;
    this.#sparse = sparse;
    this.#entities = new Entities(database);
    this.#instances = new Instances(database);
    this.#statements = prepare(database);
    this.keys = new KeyRows(database);
    this.#load();
  }

  get appliedSeq(): number {
    return this.#appliedSeq;
  }

  get committedSeq(): number {
    return this.#committedSeq;
  }

  apply(entry: JournalEntry): void {
    if (entry.seq <= this.#appliedSeq) return;
    if (entry.seq !== this.#appliedSeq + 1 && !this.#sparse)
      throw new RangeError(`entry ${entry.seq} does not follow ${this.#appliedSeq}`);
    this.#whole(() => this.#change(entry));
  }

  /** The entry is another catalogue's: only noted. */
  pass({ seq, record }: JournalEntry, tenant: string): void {
    if (seq !== this.#appliedSeq + 1 && !this.#sparse)
      throw new RangeError(`entry ${seq} does not follow ${this.#appliedSeq}`);
    this.#whole(() => {
      this.#begin();
      this.#statements.noteTenant.run(tenant, seq);
      this.#hold(seq, record);
      this.#appliedSeq = seq;
    });
  }

  /** The entry is of tenants' catalogues too. */
  note(tenants: Iterable<string>, seq: number): void {
    for (const tenant of tenants) this.#statements.noteTenant.run(tenant, seq);
  }

  patient(patientId: string): PatientFacts {
    this.#entities.flush();
    return patientFacts(this.#database, patientId);
  }

  settings(collection: string): Map<string, unknown> {
    const rows = this.#statements.settings.all(collection) as { key: string; value: string }[];
    return new Map(rows.map(({ key, value }) => [key, JSON.parse(value)]));
  }

  collected(): Set<number> {
    return new Set((this.#statements.collected.all() as { segment: number }[]).map(({ segment }) => segment));
  }

  seenIn(segments: readonly number[]): number[] {
    const list = JSON.stringify(segments);
    return (this.#statements.seenIn.all(list, list, list) as { segment: number }[]).map(({ segment }) => segment);
  }

  tenants(): { name: string; seq: number }[] {
    return this.#statements.tenants.all() as unknown as { name: string; seq: number }[];
  }

  commit(): void {
    if (this.#open) this.#whole(() => this.#commit());
  }

  rollback(): void {
    this.#stale = true;
    this.#appliedSeq = this.#committedSeq;
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    this.#open = false;
    this.#entities.forget();
    this.#instances.forget();
    this.#load();
    this.#stale = false;
  }

  current(sopInstanceUid: string): CurrentInstance | undefined {
    const row = this.#instances.newest(sopInstanceUid);
    if (!row) return undefined;
    return {
      version: row.version,
      digest: Buffer.from(row.digest).toString("hex"),
      headerDigest: Buffer.from(row.headerDigest).toString("hex"),
      transferSyntaxUid: this.#instances.uidText(row.syntax),
      deleted: !row.visible,
      segments: row.segments,
      key: row.key,
    };
  }

  places(sopInstanceUid: string): VaultLocation[] {
    return this.#instances.places(sopInstanceUid);
  }

  findData(digest: string, key: number): VaultLocation | undefined {
    return this.#instances.findData(digest, key);
  }

  close(): void {
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
    this.#database.close();
  }

  /** All of a step or nothing since the last commit. */
  #whole(step: () => void): void {
    try {
      if (this.#stale) this.rollback();
      step();
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  /** @throws when SQLite has ended the transaction by itself, as it may when the disk is full (sqlite.org/lang_transaction) */
  #begin(): void {
    if (this.#open && !this.#database.isTransaction) throw new Error("The transaction is over.");
    if (!this.#open) this.#database.exec("BEGIN IMMEDIATE");
    this.#open = true;
  }

  #commit(): void {
    this.#begin();
    this.#entities.flush();
    const { patients, studies, series, instances } = this.#entities.totals;
    const counts = [patients, studies, series, instances, this.#versions, this.#bytes];
    this.#statements.save.run(this.#appliedSeq, this.#time, ...counts);
    this.#database.exec("COMMIT");
    this.#open = false;
    this.#committedSeq = this.#appliedSeq;
  }

  #change({ seq, time, record }: JournalEntry): void {
    this.#begin();
    this.#hold(seq, record);
    if (record.kind === "store") this.#store(record.object, seq, this.#moment(time, seq));
    else if (record.kind === "delete") this.#delete(record.target, seq, this.#moment(time, seq));
    else if (record.kind === "restore") this.#restore(record.target, seq, time);
    else if (record.kind === "keys") this.keys.apply(record);
    else if (record.kind === "collect")
      for (const segment of record.segments) this.#statements.collect.run(segment, seq);
    else if (record.kind === "state") for (const change of record.changes) this.#set(change);
    this.#appliedSeq = seq;
  }

  #load(): void {
    const state = this.#statements.load.get() as unknown as State;
    this.#appliedSeq = this.#committedSeq = state.applied_seq;
    this.#time = state.time;
    this.#versions = state.versions;
    this.#bytes = state.bytes;
    const { patients, studies, series, instances } = state;
    Object.assign(this.#entities.totals, { patients, studies, series, instances });
  }

  /** Notes when a changing entry came; time never goes back. */
  #moment(time: number, seq: number): number {
    this.#time = Math.max(this.#time, time);
    this.#statements.moment.run(this.#time, seq);
    return this.#time;
  }

  #store(object: StoredObject, seq: number, time: number): void {
    const [patientMembers, studyMembers, seriesMembers, instanceMembers] = splitLevels(object.attributes);
    const series = this.#place(object);
    this.#entities.describe(series.parent!.parent!, patientMembers, seq);
    this.#entities.describe(series.parent!, studyMembers, seq);
    this.#entities.describe(series, seriesMembers, seq);
    const previous = this.#instances.newest(object.sopInstanceUid);
    this.#entities.count(series, 1, seq);
    if (previous?.visible) {
      this.#instances.supersede(previous.id, seq);
      this.#entities.count(this.#entities.seriesById(previous.parent), -1, seq);
    }
    this.#instances.add(object, series.id, seq, time, instanceMembers);
    this.#entities.settle(seq);
    this.#versions++;
    this.#bytes += object.headerSize + object.dataSetSize;
  }

  /** What is held back, until it is released or discarded. */
  #hold(seq: number, record: JournalRecord): void {
    if (record.kind === "held") this.#statements.hold.run(seq, record.containment, JSON.stringify(record));
    const entries = record.kind === "discard" ? record.entries : record.kind === "store" ? [record.released] : [];
    for (const entry of entries) if (entry !== undefined) this.#statements.letGo.run(entry);
  }

  #set({ collection, key, value }: StateChange): void {
    if (value === null) this.#statements.unset.run(collection, key);
    else this.#statements.set.run(collection, key, JSON.stringify(value));
  }

  /** Where an object belongs in the tree. */
  #place({ patientId, issuer, studyUid, seriesUid }: StoredObject): Entity {
    const withoutId = patientId === "" ? studyUid : "";
    const patient = this.#entities.patient({ patientId, issuer: issuer ?? "", withoutId });
    return this.#entities.child(this.#entities.child(patient, studyUid), seriesUid);
  }

  #delete(target: DeleteTarget, seq: number, time: number): void {
    for (const id of this.#seriesIn(target)) {
      const hidden = this.#instances.hide(id, target.sopInstanceUid, seq, time);
      if (hidden > 0) this.#entities.count(this.#entities.seriesById(id), -hidden, seq);
    }
    this.#entities.settle(seq);
  }

  #restore(target: DeleteTarget, seq: number, time: number): void {
    this.#moment(time, seq);
    for (const id of this.#seriesIn(target)) {
      const opened = this.#instances.reopen(id, target.sopInstanceUid, seq);
      if (opened > 0) this.#entities.count(this.#entities.seriesById(id), opened, seq);
    }
    this.#entities.settle(seq);
  }

  /** Series that a target touches, or that hold instances it names. A target that names nothing touches nothing. */
  #seriesIn({ patientId, studyUid, seriesUid, sopInstanceUid }: DeleteTarget): number[] {
    const conditions: [sql: string, value: string | undefined][] = [
      ["patient.patient_id = ?", patientId],
      ["study.uid = ?", studyUid],
      ["series.uid = ?", seriesUid],
      ["series.id IN (SELECT parent FROM instance WHERE uid = ?)", sopInstanceUid],
    ];
    const given = conditions.filter(([, value]) => value !== undefined);
    if (given.length === 0) return [];
    const sql = `
      SELECT series.id FROM series JOIN study ON study.id = series.parent JOIN patient ON patient.id = study.parent
      WHERE ${given.map(([condition]) => condition).join(" AND ")} ORDER BY series.id`;
    const rows = this.#database.prepare(sql).all(...given.map(([, value]) => value!)) as { id: number }[];
    return rows.map(({ id }) => id);
  }
}

const isSeen = `EXISTS (SELECT 1 FROM instance AS seen WHERE seen.uid = row.uid AND seen.to_seq = ${open})`;

function prepare(
  database: DatabaseSync,
): Record<
  | "settings"
  | "collect"
  | "collected"
  | "seenIn"
  | "load"
  | "save"
  | "moment"
  | "set"
  | "unset"
  | "noteTenant"
  | "tenants"
  | "hold"
  | "letGo",
  StatementSync
> {
  return {
    collect: database.prepare("INSERT OR IGNORE INTO collected VALUES (?, ?)"),
    collected: database.prepare("SELECT segment FROM collected"),
    seenIn: database.prepare(`
      WITH asked AS (SELECT value FROM json_each(?))
      SELECT segment FROM instance AS row WHERE segment IN asked AND ${isSeen}
      UNION SELECT data_segment FROM instance AS row WHERE data_segment IN (SELECT value FROM json_each(?)) AND ${isSeen}
      UNION SELECT json_extract(record, '$.object.location.segment') AS segment FROM held
        WHERE segment IN (SELECT value FROM json_each(?))`),
    settings: database.prepare("SELECT key, value FROM setting WHERE collection = ?"),
    load: database.prepare("SELECT * FROM state"),
    hold: database.prepare("INSERT INTO held VALUES (?, ?, ?)"),
    letGo: database.prepare("DELETE FROM held WHERE seq = ?"),
    tenants: database.prepare("SELECT name, seq FROM tenant"),
    noteTenant: database.prepare(
      "INSERT INTO tenant VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq",
    ),
    set: database.prepare(
      "INSERT INTO setting VALUES (?, ?, ?) ON CONFLICT (collection, key) DO UPDATE SET value = excluded.value",
    ),
    unset: database.prepare("DELETE FROM setting WHERE collection = ? AND key = ?"),
    save: database.prepare(`
      UPDATE state SET applied_seq = ?, time = ?, patients = ?, studies = ?, series = ?, instances = ?, versions = ?,
        bytes = ?`),
    moment: database.prepare("INSERT INTO moment VALUES (?, ?) ON CONFLICT (time) DO UPDATE SET seq = excluded.seq"),
  };
}
