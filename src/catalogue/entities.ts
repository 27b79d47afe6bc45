/**
 * Patients, studies and series as the writer holds them while it applies entries: identities, attributes and how many
 * instances are visible below. Counters are written once a commit, revisions at once.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type StudyDays, studyDays } from "./days.ts";
import type { Entity } from "./entity.ts";
import { mergeMembers, parseMembers } from "./members.ts";
import { revisionWriters } from "./revisions.ts";
import { open } from "./schema.ts";

export interface Identity {
  patientId: string;
  issuer: string;
  /** Set when there is no Patient ID: patients unknown by name are told apart by their study. */
  withoutId: string;
}

/** Visible entities and what they hold, over all. */
export interface Totals {
  patients: number;
  studies: number;
  series: number;
  instances: number;
}

const tables = ["patient", "study", "series"] as const;
const columns = ["patient_id", "uid", "uid"] as const;

/** Entities kept between commits; beyond it they are read again. */
const maxCached = 20_000;

export class Entities {
  readonly totals: Totals = { patients: 0, studies: 0, series: 0, instances: 0 };
  readonly #statements: ReturnType<typeof prepare>;
  readonly #days: StudyDays;
  readonly #revisions: ReturnType<typeof revisionWriters>;
  readonly #byKey = new Map<string, Entity>();
  readonly #byId = [new Map<number, Entity>(), new Map<number, Entity>(), new Map<number, Entity>()] as const;
  /** Counters not written yet. */
  readonly #changed = new Set<Entity>();
  /** Counted within the entry at hand. */
  readonly #touched = new Set<Entity>();

  constructor(database: DatabaseSync) {
    this.#statements = prepare(database);
    this.#days = studyDays(database);
    this.#revisions = revisionWriters(database, this.#days);
  }

  patient({ patientId, issuer, withoutId }: Identity): Entity {
    const key = JSON.stringify([patientId, issuer, withoutId]);
    return (
      this.#byKey.get(key) ?? this.#remember(key, this.#load(0, patientId, undefined, [patientId, issuer, withoutId]))
    );
  }

  /** The study or series with this UID below a parent. */
  child(parent: Entity, uid: string): Entity {
    const level = (parent.level + 1) as 1 | 2;
    const key = `${level}/${parent.id}/${uid}`;
    return this.#byKey.get(key) ?? this.#remember(key, this.#load(level, uid, parent, [parent.id, uid]));
  }

  seriesById(id: number): Entity {
    const known = this.#byId[2].get(id);
    if (known) return known;
    const row = this.#statements.path.get(id) as Record<string, string | number>;
    const { patient_id, issuer, without_id, study, series } = row as Record<string, string>;
    const identity = { patientId: patient_id!, issuer: issuer!, withoutId: without_id! };
    return this.child(this.child(this.patient(identity), study!), series!);
  }

  /** Takes over what an object says of an entity; a change begins a new revision. */
  describe(entity: Entity, source: string, seq: number): void {
    if (source === entity.source && entity.revision !== undefined) return;
    entity.source = source;
    const members = mergeMembers(entity.members, source);
    if (members === entity.members && entity.revision !== undefined) return;
    this.#close(entity, seq);
    entity.members = members;
    this.#open(entity, seq);
  }

  /** Counts instances that became visible (or hidden, when negative) in a series. */
  count(series: Entity, instances: number, seq: number): void {
    const study = series.parent!;
    const patient = study.parent!;
    const before = [patient.instances > 0, study.instances > 0, series.instances > 0].map(Number);
    for (const each of [patient, study, series]) {
      each.instances += instances;
      each.changed = seq;
      this.#changed.add(each);
      this.#touched.add(each);
    }
    const after = [patient.instances > 0, study.instances > 0, series.instances > 0].map(Number);
    const [patients, studies, seriesCount] = after.map((one, level) => one - before[level]!) as [
      number,
      number,
      number,
    ];
    study.series += seriesCount;
    patient.series += seriesCount;
    patient.studies += studies;
    this.totals.patients += patients;
    this.totals.studies += studies;
    this.totals.series += seriesCount;
    this.totals.instances += instances;
  }

  /** Ends and begins revisions where something became hidden or visible. */
  settle(seq: number): void {
    for (const entity of this.#touched) {
      if (entity.instances === 0) this.#close(entity, seq);
      else if (entity.revision === undefined) this.#open(entity, seq);
    }
    this.#touched.clear();
  }

  /** Writes the counters. */
  flush(): void {
    for (const entity of this.#changed) {
      const { id, level, changed, instances, series, studies } = entity;
      const values = [changed, instances, series, studies].slice(0, 4 - level);
      this.#statements.count[level].run(...values, id);
    }
    this.#changed.clear();
    if (this.#byKey.size > maxCached) this.forget();
  }

  /** After a rollback nothing held in memory is true any more. */
  forget(): void {
    this.#byKey.clear();
    for (const each of this.#byId) each.clear();
    this.#changed.clear();
    this.#touched.clear();
  }

  #open(entity: Entity, seq: number): void {
    entity.revision = this.#revisions[entity.level](entity, parseMembers(entity.members), seq);
  }

  #close(entity: Entity, seq: number): void {
    if (entity.revision === undefined) return;
    this.#statements.close[entity.level].run(seq, entity.revision);
    if (entity.level === 1) this.#days.ended(entity.revision, seq);
    entity.revision = undefined;
  }

  #remember(key: string, entity: Entity): Entity {
    this.#byKey.set(key, entity);
    this.#byId[entity.level].set(entity.id, entity);
    return entity;
  }

  #load(level: 0 | 1 | 2, name: string, parent: Entity | undefined, key: (string | number)[]): Entity {
    const statements = this.#statements;
    const row = statements.find[level].get(...key) as Record<string, number> | undefined;
    const id = row?.["id"] ?? Number(statements.insert[level].run(...key).lastInsertRowid);
    const latest = row && (statements.latest[level].get(id) as { id: number; to_seq: number; members: string });
    return {
      level,
      id,
      name,
      parent,
      changed: row?.["changed"] ?? -1,
      studies: row?.["studies"] ?? 0,
      series: row?.["series"] ?? 0,
      instances: row?.["instances"] ?? 0,
      members: latest?.members ?? "",
      source: undefined,
      revision: latest?.to_seq === open ? latest.id : undefined,
    };
  }
}

type PerLevel = [StatementSync, StatementSync, StatementSync];

function prepare(database: DatabaseSync) {
  const each = (sql: (table: string, column: string, level: number) => string): PerLevel =>
    tables.map((table, level) => database.prepare(sql(table, columns[level]!, level))) as PerLevel;
  const counters = ["changed = ?", "instances = ?", "series = ?", "studies = ?"];
  return {
    find: each((table, _, level) =>
      level === 0
        ? "SELECT * FROM patient WHERE patient_id = ? AND issuer = ? AND without_id = ?"
        : `SELECT * FROM ${table} WHERE parent = ? AND uid = ?`,
    ),
    insert: each((table, _, level) =>
      level === 0
        ? "INSERT INTO patient (patient_id, issuer, without_id) VALUES (?, ?, ?)"
        : `INSERT INTO ${table} (parent, uid) VALUES (?, ?)`,
    ),
    latest: each(
      (table) => `SELECT id, to_seq, members FROM ${table}_revision WHERE entity = ? ORDER BY to_seq DESC LIMIT 1`,
    ),
    close: each((table) => `UPDATE ${table}_revision SET to_seq = ? WHERE id = ?`),
    count: each((table, _, level) => `UPDATE ${table} SET ${counters.slice(0, 4 - level).join(", ")} WHERE id = ?`),
    path: database.prepare(`
      SELECT patient_id, issuer, without_id, study.uid AS study, series.uid AS series
      FROM series JOIN study ON study.id = series.parent JOIN patient ON patient.id = study.parent
      WHERE series.id = ?`),
  };
}
