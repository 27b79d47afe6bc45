/**
 * A mirror as an archive: patients' objects are those of the copy and cannot be changed; who looked at them here,
 * accounts, peers and containments are in an archive of the mirror's own.
 */
import { CatalogueReaders } from "../../catalogue/index.ts";
import { type AccessEvent, type Clock, codeOf, HoldfastError } from "../../core/index.ts";
import { defaultTenant } from "../../gate/index.ts";
import { type Keyring, layoutOf, ObjectKeys, SegmentFiles } from "../../vault/index.ts";
import { queryFacts } from "../facts.ts";
import { assertNotGone } from "../gone.ts";
import { StoredObjectReader } from "../object.ts";
import { queryEvent, scopedTo } from "../query-event.ts";
import { ReaderClient } from "../reader/client.ts";
import { statisticsOf } from "../statistics.ts";
import type {
  Archive,
  ArchiveQuery,
  ArchiveStatistics,
  HeldObject,
  InstanceRef,
  ObjectReader,
  QueryPage,
  RequestContext,
  StoreHint,
  StoreOutcome,
  StoreSink,
  Target,
} from "../types.ts";
import { refusedEvent } from "../writer/events.ts";

/** What reading the copy takes; shared by the views of all tenants. */
export interface CopyReaders {
  reader: ReaderClient;
  points: CatalogueReaders;
  files: SegmentFiles;
  keyring: Keyring;
  close(): Promise<void>;
}

export function openCopy(dataFolder: string, keyring: Keyring, onFault: (error: HoldfastError) => void): CopyReaders {
  const layout = layoutOf(dataFolder);
  const reader = new ReaderClient(layout.catalogue, onFault);
  const points = new CatalogueReaders(layout.catalogue);
  const files = new SegmentFiles(layout.vault);
  const close = async (): Promise<void> => {
    await reader.close();
    points.close();
    await files.close();
  };
  return { reader, points, files, keyring, close };
}

/** Instances read from the catalogue at once. */
const pageSize = 1_000;

export class MirroredArchive implements Archive {
  readonly #own: Archive;
  readonly #copy: CopyReaders;
  readonly #now: Clock;
  /** Undefined: the default one. */
  readonly #tenant: string | undefined;

  constructor(own: Archive, copy: CopyReaders, now: Clock, tenant?: string) {
    this.#own = own;
    this.#copy = copy;
    this.#now = now;
    this.#tenant = tenant;
  }

  tenant(name: string): Archive {
    return new MirroredArchive(
      this.#own.tenant(name),
      this.#copy,
      this.#now,
      name === defaultTenant ? undefined : name,
    );
  }

  /** Refused, and noted. */
  store(context: RequestContext, hint: StoreHint): StoreSink {
    return new RefusingSink((received) => {
      const opening = { context: this.#scoped(context), hint, started: this.#now() };
      this.record({ ...refusedEvent(opening, "mirror/read-only", received, this.#now()), status: "denied" });
    });
  }

  async query(context: RequestContext, query: ArchiveQuery): Promise<QueryPage> {
    const started = this.#now();
    try {
      const page = await this.#copy.reader.ask("query", this.#tenant, query);
      this.record({
        ...this.#event(context, started),
        ...queryFacts(query),
        status: "success",
        count: { objects: page.matches.length },
      });
      return page;
    } catch (error) {
      const event = this.#event(context, started);
      this.record({ ...event, ...queryFacts(query), status: "failure", status_detail: codeOf(error) });
      throw error;
    }
  }

  async resolve(target: Target): Promise<InstanceRef[]> {
    const { points, reader } = this.#copy;
    if (target.sopInstanceUid?.length === 1) return points.of(this.#tenant)?.resolve(target) ?? [];
    const all: InstanceRef[] = [];
    for (;;) {
      const last = all.at(-1);
      const from = { limit: pageSize, ...(last ? { after: last } : {}) };
      const page = await reader.ask("resolve", this.#tenant, target, from);
      all.push(...page);
      if (page.length < pageSize) return all;
    }
  }

  /** An entry is accepted only when its object is here. */
  assertHere(refs: InstanceRef[]): void {
    assertNotGone(this.#copy.points.main, refs);
  }

  open(ref: InstanceRef): ObjectReader {
    return new StoredObjectReader(
      ref,
      this.#copy.files,
      new ObjectKeys(this.#copy.keyring, this.#copy.points.main.keys),
      (segment) => this.#copy.points.main.isCollected(segment),
    );
  }

  async versions(sopInstanceUid: string): ReturnType<Archive["versions"]> {
    return this.#copy.points.of(this.#tenant)?.versions(sopInstanceUid) ?? [];
  }

  async delete(context: RequestContext): Promise<never> {
    const event = this.#event(context, this.#now());
    this.record({ ...event, activity: "delete", status: "denied", status_detail: "mirror/read-only" });
    throw new HoldfastError("mirror/read-only");
  }

  change(...parameters: Parameters<Archive["change"]>): Promise<void> {
    return this.#own.change(...parameters);
  }

  settings(collection: string): Promise<Map<string, unknown>> {
    return this.#own.settings(collection);
  }

  seal(secret: Uint8Array, purpose: string): string {
    return this.#own.seal(secret, purpose);
  }

  unseal(sealed: string, purpose: string): Buffer {
    return this.#own.unseal(sealed, purpose);
  }

  /** Nothing is held back here: nothing is stored. */
  async held(): Promise<HeldObject[]> {
    return [];
  }

  async release(): Promise<number> {
    return 0;
  }

  async discard(): Promise<number> {
    return 0;
  }

  record(event: AccessEvent): void {
    this.#own.record(event);
  }

  flush(): Promise<void> {
    return this.#own.flush();
  }

  async statistics(): Promise<ArchiveStatistics> {
    return statisticsOf(this.#copy.points, this.#tenant);
  }

  health(): ReturnType<Archive["health"]> {
    return this.#own.health();
  }

  close(): Promise<void> {
    return this.#own.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #scoped(context: RequestContext): RequestContext {
    return scopedTo(this.#tenant, context);
  }

  #event(context: RequestContext, started: number) {
    return queryEvent(this.#tenant, context, started, this.#now());
  }
}

/** Takes what comes and keeps none of it: a sender hears at the end that nothing is stored here. */
class RefusingSink implements StoreSink {
  readonly #told: (received: number) => void;
  #received = 0;

  constructor(told: (received: number) => void) {
    this.#told = told;
  }

  write(chunk: Uint8Array): undefined {
    this.#received += chunk.length;
  }

  hold(): void {}

  async end(): Promise<StoreOutcome> {
    this.#told(this.#received);
    return { ok: false, code: "mirror/read-only", quarantined: false };
  }

  abort(): void {}
}
