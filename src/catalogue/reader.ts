import type { DatabaseSync } from "node:sqlite";
import { openForReading } from "./database.ts";
import { dumpLines } from "./dump.ts";
import { KeyRows } from "./keys.ts";
import { type PatientFacts, patientFacts } from "./patient.ts";
import { QueryRunner } from "./query/index.ts";
import { type Page, Resolver, type Version } from "./resolve/index.ts";
import { StatementCache } from "./statements.ts";
import { type TreatedPatient, treatedPatients } from "./treatment.ts";
import type { ArchiveQuery, ArchiveStatistics, HeldObject, InstanceRef, QueryPage, Target } from "./types.ts";

/** Reads what is committed. Any number of readers may be open beside the writer. */
export interface CatalogueReader {
  /** Studies come newest first, series and instances by number, patients by name. */
  query(query: ArchiveQuery): QueryPage;
  /** The instances a target names; pages continue after the last instance of the one before. */
  resolve(target: Target, page?: Page): InstanceRef[];
  /** Oldest first, hidden ones included. */
  versions(sopInstanceUid: string): Version[];
  statistics(): ArchiveStatistics;
  /** What stands in a collection of settings, by key. */
  settings(collection: string): Map<string, unknown>;
  /** Objects that containments hold back, of all tenants, oldest first. */
  held(): HeldObject[];
  /** Patients with plans or treatment records stored since then (ms since 1970), hidden ones included. */
  treatedPatients(plansSince: number, recordsSince: number): TreatedPatient[];
  /** Tenants with a catalogue of their own. */
  tenants(): string[];
  /** What there is of a patient with this ID. */
  patient(patientId: string): PatientFacts;
  /** Whether a segment was collected. */
  isCollected(segment: number): boolean;
  /** Wrapped keys. */
  readonly keys: KeyRows;
  /** All rows by natural keys in a fixed order: equal for catalogues of the same journal. */
  dump(): Iterable<string>;
  /** The last entry that is visible, -1 when none is. */
  readonly committedSeq: number;
  close(): void;
}

/** @throws HoldfastError storage/format when another version made it */
export function openCatalogueReader(file: string): CatalogueReader {
  return new Reader(openForReading(file));
}

class Reader implements CatalogueReader {
  readonly #database: DatabaseSync;
  readonly #statements: StatementCache;
  readonly #queries: QueryRunner;
  readonly #resolver: Resolver;
  readonly keys: KeyRows;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.keys = new KeyRows(database);
    this.#statements = new StatementCache(database);
    this.#queries = new QueryRunner(database, this.#statements);
    this.#resolver = new Resolver(this.#statements);
  }

  query(query: ArchiveQuery): QueryPage {
    return this.#snapshot(() => this.#queries.run(query, this.#seqAt(query.at)));
  }

  resolve(target: Target, page?: Page): InstanceRef[] {
    if (target.sopInstanceUid?.length === 1) return this.#resolver.resolve(target, this.#seqAt(target.at), page);
    return this.#snapshot(() => this.#resolver.resolve(target, this.#seqAt(target.at), page));
  }

  versions(sopInstanceUid: string): Version[] {
    return this.#resolver.versions(sopInstanceUid);
  }

  statistics(): ArchiveStatistics {
    const sql = "SELECT patients, studies, series, instances, versions, bytes, applied_seq + 1 FROM state";
    const row = this.#statements.get(sql).get() as unknown as [number, number, number, number, number, number, number];
    const [patients, studies, series, instances, versions, bytes, journalEntries] = row;
    return { patients, studies, series, instances, versions, bytes, journalEntries };
  }

  held(): HeldObject[] {
    const rows = this.#statements.get("SELECT seq, record FROM held ORDER BY seq").all() as unknown as [
      number,
      string,
    ][];
    return rows.map(([entry, text]) => {
      const { event, object, containment } = JSON.parse(text) as Omit<HeldObject, "entry" | "tenant">;
      const { tenant } = event;
      return { entry, containment, event, object, ...(tenant === undefined ? {} : { tenant }) };
    });
  }

  treatedPatients(plansSince: number, recordsSince: number): TreatedPatient[] {
    return treatedPatients(this.#statements, plansSince, recordsSince);
  }

  tenants(): string[] {
    const rows = this.#statements.get("SELECT name FROM tenant ORDER BY name").all() as unknown as [string][];
    return rows.map(([name]) => name);
  }

  settings(collection: string): Map<string, unknown> {
    const rows = this.#statements.get("SELECT key, value FROM setting WHERE collection = ?").all(collection);
    return new Map((rows as unknown as [string, string][]).map(([key, value]) => [key, JSON.parse(value)]));
  }

  patient(patientId: string): PatientFacts {
    return patientFacts(this.#database, patientId);
  }

  isCollected(segment: number): boolean {
    return this.#statements.get("SELECT 1 FROM collected WHERE segment = ?").get(segment) !== undefined;
  }

  dump(): Iterable<string> {
    return dumpLines(this.#database);
  }

  get committedSeq(): number {
    return this.statistics().journalEntries - 1;
  }

  close(): void {
    this.#database.close();
  }

  /** The last change at or before a time (ms since 1970); -1 before the first; undefined for the present. */
  #seqAt(time: number | undefined): number | undefined {
    if (time === undefined) return undefined;
    const sql = "SELECT seq FROM moment WHERE time <= ? ORDER BY time DESC LIMIT 1";
    return (this.#statements.get(sql).get(time) as unknown as [number] | undefined)?.[0] ?? -1;
  }

  /** All reads of one answer see the same commit. */
  #snapshot<T>(read: () => T): T {
    this.#database.exec("BEGIN");
    try {
      return read();
    } finally {
      this.#database.exec("COMMIT");
    }
  }
}
