/** The archive: the use-cases over vault, journal and catalogue. Writing and slow reading happen on threads of their own. */
import { type CatalogueReaders, type JournalEntry, type TreatedPatient, tenantFile } from "../catalogue/index.ts";
import { type AccessEvent, type Clock, codeOf, HoldfastError, systemClock } from "../core/index.ts";
import { defaultTenant } from "../gate/index.ts";
import { assertWhole, type Layout, layoutOf, ObjectKeys, SegmentFiles } from "../vault/index.ts";
import { type Arriving, assertArrived, placesOf } from "./arriving.ts";
import { Collecting } from "./collecting.ts";
import { earlyCatalogue, removeEarly } from "./early/index.ts";
import { Erasures } from "./erasures.ts";
import { deleteTarget, queryFacts, resourceOf } from "./facts.ts";
import { assertNotGone } from "./gone.ts";
import { assertNotHeld, legalHolds } from "./holds.ts";
import { journalOf } from "./journal.ts";
import { KeyKeeping } from "./keeping.ts";
import { type Unlocked, unlock } from "./keys.ts";
import { StoredObjectReader } from "./object.ts";
import type { OpenArchive } from "./open-archive.ts";
import { type ArchiveOptions, type Terms, termsOf } from "./options.ts";
import { queryEvent, scopedTo } from "./query-event.ts";
import { Readers } from "./reader/readers.ts";
import { type Retention, retentionCollection } from "./retention.ts";
import { statisticsOf } from "./statistics.ts";
import type {
  Archive,
  ArchiveQuery,
  ArchiveStatistics,
  HeldObject,
  InstanceRef,
  ObjectReader,
  QueryPage,
  RequestContext,
  StateChange,
  StoreHint,
  StoreSink,
  Target,
} from "./types.ts";
import { WriterClient } from "./writer/client.ts";
import type { Amendment, Cataloguing } from "./writer/protocol.ts";

const day = 24 * 60 * 60 * 1000;
const [recentPlans, recentRecords] = [70 * day, 21 * day];

/** Instances read from the catalogue at once. */
const pageSize = 1_000;

/** @throws HoldfastError storage/* when the archive cannot be opened. */
export async function openArchive(options: ArchiveOptions): Promise<OpenArchive> {
  if (!options.arriving) await assertWhole(options.dataFolder);
  const now = options.now ?? systemClock;
  const unlocked = await unlock(options.dataFolder, options.keyFile, now);
  const onFault = options.onFault ?? (() => {});
  const layout = layoutOf(options.dataFolder);
  const early = options.arriving && (await earlyCatalogue(options.arriving, layout, unlocked));
  await using opened = new AsyncDisposableStack(); // what fails leaves nothing open: the writer holds the folder's lock
  const writer = WriterClient.begin(
    {
      dataFolder: options.dataFolder,
      keyFile: unlocked.keyFile,
      compression: options.compression ?? "auto",
      maxObjectSize: options.maxObjectSize ?? 16 * 1024 ** 3,
      acceptSopClasses: options.acceptSopClasses ?? [],
      startedAt: now(),
      ...(options.arriving ? { arrivals: options.arriving.arrivals.memory } : {}),
    },
    onFault,
    options.runOn,
  );
  opened.defer(() => writer.close().catch(() => {}));
  if (early === undefined) await writer.ready;
  const readers = new Readers(early ?? layout.catalogue, early !== undefined, onFault, options.runOn?.reader);
  opened.defer(() => readers.close());
  const catalogued = early === undefined ? Promise.resolve() : writer.ready.then(() => wholeFrom(readers, layout));
  catalogued.catch(() => {}); // the writer's fault was told
  const archive = new LocalArchive(
    unlocked,
    writer,
    readers,
    catalogued,
    new SegmentFiles(layout.vault, undefined, options.arriving && ((part) => assertArrived(options.arriving!, [part]))),
    new ObjectKeys(unlocked.keyring, readers.points.keys),
    now,
    termsOf(options),
    options.arriving,
  );
  opened.move();
  return archive;
}

async function wholeFrom(readers: Readers, layout: Layout): Promise<void> {
  await readers.moveTo(layout.catalogue);
  await removeEarly(layout);
}

class LocalArchive implements OpenArchive {
  readonly id: string;
  readonly dataFolder: string;
  readonly keyFile: string;
  readonly keyCreated: boolean;
  readonly catalogued: Promise<void>;
  readonly keeping: KeyKeeping;
  readonly collecting: Collecting;
  readonly erasures: Erasures;
  readonly durableEntries: SharedArrayBuffer;
  readonly #keyring: Unlocked["keyring"];
  readonly #writer: WriterClient;
  readonly #readers: Readers;
  readonly #points: CatalogueReaders;
  readonly #files: SegmentFiles;
  readonly #keys: ObjectKeys;
  readonly #now: Clock;
  readonly #terms: Terms;
  /** Undefined: the default one. */
  readonly #tenant: string | undefined;
  readonly #unlocked: Unlocked;
  readonly #arriving: Arriving | undefined;

  constructor(
    unlocked: Unlocked,
    writer: WriterClient,
    readers: Readers,
    catalogued: Promise<void>,
    files: SegmentFiles,
    keys: ObjectKeys,
    now: Clock,
    terms: Terms,
    arriving?: Arriving,
    tenant?: string,
  ) {
    this.#arriving = arriving;
    this.id = unlocked.manifest.archive;
    this.dataFolder = unlocked.dataFolder;
    this.keyFile = unlocked.keyFile;
    this.keyCreated = unlocked.created;
    this.catalogued = catalogued;
    const { points } = readers;
    const { keyring, keyFile } = unlocked;
    this.keeping = new KeyKeeping({ writer, points, keyring, keys, keyFile });
    const { vault: vaultFolder } = layoutOf(unlocked.dataFolder);
    this.collecting = new Collecting({ writer, files, vaultFolder, journal: () => this.journal(), now });
    const { keeping } = this;
    this.erasures = new Erasures({ archive: this, points, keeping, now, delay: terms.erasureDelay });
    this.durableEntries = writer.durable;
    this.#keyring = unlocked.keyring;
    this.#writer = writer;
    this.#readers = readers;
    this.#points = points;
    this.#files = files;
    this.#keys = keys;
    this.#now = now;
    this.#terms = terms;
    this.#tenant = tenant;
    this.#unlocked = unlocked;
  }

  get setAside(): string[] {
    return this.#writer.setAside;
  }

  get cataloguing(): Cataloguing | undefined {
    return this.#writer.cataloguing;
  }

  tenant(name: string): Archive {
    const tenant = name === defaultTenant ? undefined : name;
    if (tenant !== undefined) tenantFile("", tenant); // refuses what is no name
    return new LocalArchive(
      this.#unlocked,
      this.#writer,
      this.#readers,
      this.catalogued,
      this.#files,
      this.#keys,
      this.#now,
      this.#terms,
      this.#arriving,
      tenant,
    );
  }

  store(context: RequestContext, hint: StoreHint): StoreSink {
    return this.#writer.store({ hint, context: this.#scoped(context), started: this.#now() });
  }

  async query(context: RequestContext, query: ArchiveQuery): Promise<QueryPage> {
    const started = this.#now();
    try {
      await this.#writer.makeVisible();
      const page = await this.#ask(query);
      this.record({
        ...this.#event(context, started),
        ...queryFacts(query),
        status: "success",
        count: { objects: page.matches.length },
      });
      return page;
    } catch (error) {
      this.record({
        ...this.#event(context, started),
        ...queryFacts(query),
        status: "failure",
        status_detail: codeOf(error),
      });
      throw error;
    }
  }

  async resolve(target: Target): Promise<InstanceRef[]> {
    await this.#writer.makeVisible();
    if (target.sopInstanceUid?.length === 1)
      return this.#readers.found(this.#points.of(this.#tenant)?.resolve(target) ?? []);
    const all: InstanceRef[] = [];
    for (;;) {
      const last = all.at(-1);
      const page = await this.#readers.thread.ask("resolve", this.#tenant, target, {
        limit: pageSize,
        ...(last ? { after: last } : {}),
      });
      all.push(...page);
      if (page.length < pageSize) return this.#readers.found(all);
    }
  }

  assertHere(refs: InstanceRef[]): void {
    if (this.#arriving) assertArrived(this.#arriving, refs.flatMap(placesOf));
    assertNotGone(this.#points.main, refs);
  }

  async patientsOnTreatment(): Promise<(TreatedPatient & { tenant: string })[]> {
    await this.#writer.makeVisible();
    const now = this.#now();
    const since = [now - recentPlans, now - recentRecords] as const;
    const all: (TreatedPatient & { tenant: string })[] = [];
    for (const tenant of [undefined, ...this.#points.main.tenants()]) {
      const patients = await this.#readers.thread.ask("treatedPatients", tenant, ...since);
      for (const patient of patients) all.push({ ...patient, tenant: tenant ?? defaultTenant });
    }
    return all;
  }

  open(ref: InstanceRef): ObjectReader {
    return new StoredObjectReader(ref, this.#files, this.#keys, (segment) => this.#points.main.isCollected(segment));
  }

  async versions(sopInstanceUid: string): ReturnType<Archive["versions"]> {
    await this.#writer.makeVisible();
    return this.#readers.found(this.#points.of(this.#tenant)?.versions(sopInstanceUid) ?? []);
  }

  async delete(context: RequestContext, target: Target, reason?: string): Promise<{ instances: number }> {
    const started = this.#now();
    const found = await this.resolve(target);
    if (found.length === 0) throw new HoldfastError("request/not-found");
    assertNotHeld(this.#points.main.settings(legalHolds), this.#tenant ?? defaultTenant, found);
    const hidden = {
      ...deleteTarget(target, reason),
      retainUntil: started + this.retentionOf(this.#tenant ?? defaultTenant),
    };
    const event: AccessEvent = {
      ...this.#event(context, started),
      activity: "delete",
      status: "success",
      resources: [resourceOf(hidden)],
      count: { objects: found.length, studies: new Set(found.map((ref) => ref.studyUid)).size },
    };
    await this.#writer.delete(event, hidden);
    return { instances: found.length };
  }

  change(event: AccessEvent, changes: StateChange[]): Promise<void> {
    return this.#writer.change(event, changes);
  }

  async settings(collection: string): Promise<Map<string, unknown>> {
    await this.#writer.makeVisible();
    return this.#points.main.settings(collection);
  }

  seal(secret: Uint8Array, purpose: string): string {
    return this.#keyring.seal(secret, Buffer.from(purpose)).toString("base64");
  }

  unseal(sealed: string, purpose: string): Buffer {
    return this.#keyring.unseal(Buffer.from(sealed, "base64"), Buffer.from(purpose));
  }

  async held(): Promise<HeldObject[]> {
    await this.#writer.makeVisible();
    const all = this.#points.main.held();
    return this.#tenant === undefined ? all : all.filter(({ tenant }) => tenant === this.#tenant);
  }

  async release(context: RequestContext, entries: readonly number[]): Promise<number> {
    const held = (await this.held()).filter(({ entry }) => entries.includes(entry));
    if (held.length > 0) await this.#writer.release({ ...this.#event(context, this.#now()), status: "success" }, held);
    return held.length;
  }

  async discard(context: RequestContext, entries: readonly number[]): Promise<number> {
    const known = (await this.held()).map(({ entry }) => entry).filter((entry) => entries.includes(entry));
    const event: AccessEvent = {
      ...this.#event(context, this.#now()),
      activity: "admin",
      status: "success",
      count: { objects: known.length },
    };
    if (known.length > 0)
      await this.#writer.discard(event, known, this.#now() + this.retentionOf(this.#tenant ?? defaultTenant));
    return known.length;
  }

  record(event: AccessEvent): void {
    this.#writer.record(event);
  }

  get leastRetention(): number {
    return this.#terms.retention;
  }

  retentionOf(tenant: string): number {
    const own = this.#points.main.settings(retentionCollection).get(tenant) as Retention | undefined;
    return Math.max(this.#terms.retention, (own?.days ?? 0) * day);
  }

  journal(from?: number): AsyncGenerator<JournalEntry> {
    return journalOf(layoutOf(this.dataFolder).journal, this.id, this.#keyring, from);
  }

  amend(amendments: Amendment[]): Promise<number[]> {
    return this.#writer.amend(amendments);
  }

  flush(): Promise<void> {
    return this.#writer.flush();
  }

  async statistics(): Promise<ArchiveStatistics> {
    await this.#writer.makeVisible();
    return statisticsOf(this.#points, this.#tenant);
  }

  health(): ReturnType<Archive["health"]> {
    return this.#writer.health;
  }

  async close(): Promise<void> {
    const { cataloguing } = this;
    try {
      await this.#writer.close();
      if (!cataloguing) await this.catalogued; // the small catalogue is gone then
    } finally {
      await this.#readers.close();
      await this.#files.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @throws HoldfastError storage/arriving when nothing is found of what is catalogued so far */
  async #ask(query: ArchiveQuery): Promise<QueryPage> {
    const page = await this.#readers.thread.ask("query", this.#tenant, query);
    if (!this.#readers.partial) return page;
    this.#readers.found(page.matches);
    return { ...page, partial: true };
  }

  #scoped(context: RequestContext): RequestContext {
    return scopedTo(this.#tenant, context);
  }

  #event(context: RequestContext, started: number) {
    return queryEvent(this.#tenant, context, started, this.#now());
  }
}
