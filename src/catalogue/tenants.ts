/**
 * Clinics are kept apart by construction: each has a catalogue of its own beside the main one, so that no query can
 * reach from one into another. The journal's entries go to the catalogue of the tenant that their event names.
 */
import { existsSync } from "node:fs";
import { HoldfastError } from "../core/index.ts";
import type { KeyTable } from "../vault/index.ts";
import type { PatientFacts } from "./patient.ts";
import { type CatalogueReader, openCatalogueReader } from "./reader.ts";
import type { CurrentInstance, JournalEntry, VaultLocation } from "./types.ts";
import { type CatalogueWriter, openMain, openSparse, type TenantWriter } from "./writer.ts";

const tenantName = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** @throws HoldfastError request/invalid when it is no name of a tenant */
export function tenantFile(file: string, tenant: string): string {
  if (!tenantName.test(tenant)) throw new HoldfastError("request/invalid", "No tenant has this name.");
  return `${file}@${tenant}`;
}

/**
 * Makes the files when there are none. `partial`: it is given some of the entries only.
 * @throws HoldfastError storage/format, storage/corrupt: build anew
 */
export function openCatalogue(file: string, { partial = false } = {}): CatalogueWriter {
  const main = openMain(file, partial);
  const tenants = new Map<string, TenantWriter>();
  try {
    for (const { name, seq } of main.tenants()) {
      const tenant = openSparse(tenantFile(file, name));
      tenants.set(name, tenant);
      if (tenant.committedSeq < seq)
        throw new HoldfastError("storage/corrupt", "A tenant's catalogue is behind; build it anew.");
    }
  } catch (error) {
    for (const writer of [...tenants.values(), main]) writer.close();
    throw error;
  }
  return new Catalogues(file, main, tenants);
}

class Catalogues implements CatalogueWriter {
  readonly #file: string;
  readonly #main: ReturnType<typeof openMain>;
  readonly #tenants: Map<string, TenantWriter>;

  constructor(file: string, main: ReturnType<typeof openMain>, tenants: Map<string, TenantWriter>) {
    this.#file = file;
    this.#main = main;
    this.#tenants = tenants;
  }

  get appliedSeq(): number {
    return this.#main.appliedSeq;
  }

  get committedSeq(): number {
    return this.#main.committedSeq;
  }

  apply(entry: JournalEntry): void {
    this.#together(() => {
      const tenant = tenantOf(entry);
      if (entry.record.kind === "collect" && entry.seq > this.#main.appliedSeq) return this.#collect(entry);
      if (tenant === undefined || entry.seq <= this.#main.appliedSeq) return this.#main.apply(entry);
      this.#of(tenant).apply(entry);
      this.#main.pass(entry, tenant);
    });
  }

  /** Segments hold objects of several clinics. */
  #collect(entry: JournalEntry): void {
    for (const tenant of this.#tenants.values()) tenant.apply(entry);
    this.#main.apply(entry);
    this.#main.note(this.#tenants.keys(), entry.seq);
  }

  /** The main one last: what it has passed over is then in the others. */
  commit(): void {
    this.#together(() => {
      for (const tenant of this.#tenants.values()) tenant.commit();
      this.#main.commit();
    });
  }

  /** All of them, whichever fails. */
  rollback(): void {
    const failures: unknown[] = [];
    for (const writer of [...this.#tenants.values(), this.#main]) {
      try {
        writer.rollback();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  current(sopInstanceUid: string, tenant?: string): CurrentInstance | undefined {
    return this.#for(tenant)?.current(sopInstanceUid);
  }

  places(sopInstanceUid: string, tenant?: string): VaultLocation[] {
    return this.#for(tenant)?.places(sopInstanceUid) ?? [];
  }

  findData(digest: string, key: number, tenant?: string): VaultLocation | undefined {
    return this.#for(tenant)?.findData(digest, key);
  }

  patient(patientId: string, tenant?: string): PatientFacts {
    return this.#for(tenant)?.patient(patientId) ?? { issuers: [], studies: [], keys: [] };
  }

  settings(collection: string): Map<string, unknown> {
    return this.#main.settings(collection);
  }

  collected(): Set<number> {
    return this.#main.collected();
  }

  seenIn(segments: readonly number[]): number[] {
    return [this.#main, ...this.#tenants.values()].flatMap((each) => each.seenIn(segments));
  }

  tenants(): { name: string; seq: number }[] {
    return this.#main.tenants();
  }

  get keys(): CatalogueWriter["keys"] {
    return this.#main.keys;
  }

  close(): void {
    for (const tenant of this.#tenants.values()) tenant.close();
    this.#main.close();
  }

  /** One that could not follow takes all of them back to what they committed. */
  #together(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.rollback();
      throw error;
    }
  }

  #for(tenant: string | undefined): TenantWriter | undefined {
    return tenant === undefined ? this.#main : this.#tenants.get(tenant);
  }

  #of(name: string): TenantWriter {
    const known = this.#tenants.get(name);
    if (known) return known;
    const opened = openSparse(tenantFile(this.#file, name));
    this.#tenants.set(name, opened);
    return opened;
  }
}

/** The tenant whose catalogue an entry changes; undefined: the main one's, or none. */
function tenantOf({ record }: JournalEntry): string | undefined {
  const changes = record.kind === "store" || record.kind === "delete" || record.kind === "restore";
  return changes ? record.event.tenant : undefined;
}

/** Readers of the catalogues of one archive, opened when first asked for. */
export class CatalogueReaders {
  #file: string;
  readonly #readers = new Map<string, CatalogueReader>();
  #main: CatalogueReader;
  /** Wrapped keys, of whichever catalogue is read. */
  readonly keys: KeyTable = {
    rootKey: (generation) => this.#main.keys.rootKey(generation),
    newestRootKey: () => this.#main.keys.newestRootKey(),
    clinicKey: (tenant, generation) => this.#main.keys.clinicKey(tenant, generation),
    patientKey: (number) => this.#main.keys.patientKey(number),
  };

  constructor(file: string) {
    this.#file = file;
    this.#main = openCatalogueReader(file);
  }

  get main(): CatalogueReader {
    return this.#main;
  }

  /** Reads the catalogues of another file from now on. */
  moveTo(file: string): void {
    this.close();
    this.#readers.clear();
    this.#file = file;
    this.#main = openCatalogueReader(file);
  }

  /** Undefined when nothing was ever stored for the tenant. */
  of(tenant: string | undefined): CatalogueReader | undefined {
    if (tenant === undefined) return this.#main;
    const known = this.#readers.get(tenant);
    if (known) return known;
    const file = tenantFile(this.#file, tenant);
    if (!existsSync(file)) return undefined;
    const reader = openCatalogueReader(file);
    this.#readers.set(tenant, reader);
    return reader;
  }

  close(): void {
    for (const reader of this.#readers.values()) reader.close();
    this.#main.close();
  }
}
