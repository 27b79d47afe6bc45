import { createHash } from "node:crypto";
import type {
  Archive,
  ArchiveQuery,
  DicomJson,
  InstanceRef,
  StateChange,
  StoreOutcome,
  Target,
} from "../../archive/index.ts";
import { type AccessEvent, codeOf, HoldfastError, rfc3339, systemClock } from "../../core/index.ts";
import { DataSetScanner, parseFileHeader, toDicomJson } from "../../dicom/index.ts";

interface Stored extends InstanceRef {
  bytes: Buffer;
  model: DicomJson;
  deleted: boolean;
}

/** An archive in memory, for tests of the HTTP side alone (fuzzing, figures without a disk). */
export class MemoryArchive implements Archive {
  readonly objects: Stored[] = [];
  readonly events: AccessEvent[] = [];
  healthy = true;

  store(...[context, hint]: Parameters<Archive["store"]>): ReturnType<Archive["store"]> {
    const chunks: Buffer[] = [];
    return {
      write: (chunk) => {
        chunks.push(Buffer.from(chunk));
        return undefined;
      },
      end: async (): Promise<StoreOutcome> => {
        const outcome = this.#take(Buffer.concat(chunks), hint.studyUid);
        this.events.push(eventOf(context.operation, "create", outcome.ok ? "success" : "failure"));
        return outcome;
      },
      hold: () => {},
      abort: () => this.events.push(eventOf(context.operation, "create", "failure")),
    };
  }

  readonly #settings = new Map<string, Map<string, unknown>>();

  async change(event: AccessEvent, changes: StateChange[]): Promise<void> {
    this.events.push(event);
    for (const { collection, key, value } of changes) {
      const settings = this.#settings.get(collection) ?? new Map<string, unknown>();
      this.#settings.set(collection, settings);
      if (value === null) settings.delete(key);
      else settings.set(key, value);
    }
  }

  async settings(collection: string): Promise<Map<string, unknown>> {
    return new Map(this.#settings.get(collection));
  }

  async held(): Promise<[]> {
    return [];
  }

  async release(): Promise<number> {
    return 0;
  }

  async discard(): Promise<number> {
    return 0;
  }

  /** One clinic only. */
  tenant(): MemoryArchive {
    return this;
  }

  seal(secret: Uint8Array, purpose: string): string {
    return Buffer.concat([Buffer.from(`${purpose}\n`), secret]).toString("base64");
  }

  unseal(sealed: string, purpose: string): Buffer {
    return Buffer.from(sealed, "base64").subarray(purpose.length + 1);
  }

  #take(bytes: Buffer, studyUid: string | undefined): StoreOutcome {
    try {
      const stored = parse(bytes);
      if (studyUid !== undefined && stored.studyUid !== studyUid) {
        const { sopClassUid, sopInstanceUid } = stored;
        return { ok: false, code: "object/mismatch", sopClassUid, sopInstanceUid, quarantined: false };
      }
      const older = this.objects.filter((one) => one.sopInstanceUid === stored.sopInstanceUid);
      const same = older.some((one) => one.digest === stored.digest && !one.deleted);
      stored.version = same ? older.length : older.length + 1;
      if (!same) this.objects.push(stored);
      const outcome = same ? "duplicate" : older.length > 0 ? "updated" : "created";
      return { ok: true, outcome, warnings: [], ...stored, bytes: bytes.length };
    } catch (error) {
      return { ok: false, code: codeOf(error), quarantined: false };
    }
  }

  #current(target: Target): Stored[] {
    const within = (list: string[] | undefined, uid: string) => list === undefined || list.includes(uid);
    const fits = this.objects.filter(
      (one) =>
        !one.deleted &&
        within(target.studyUid, one.studyUid) &&
        within(target.seriesUid, one.seriesUid) &&
        within(target.sopInstanceUid, one.sopInstanceUid) &&
        one.storedAt <= (target.at ?? Number.POSITIVE_INFINITY) &&
        (target.version === undefined || target.version === one.version),
    );
    return [...new Map(fits.map((one) => [one.sopInstanceUid, one])).values()];
  }

  async query(...[context, query]: Parameters<Archive["query"]>): ReturnType<Archive["query"]> {
    this.events.push(eventOf(context.operation, "query", "success"));
    const unique = { patient: "00100020", study: "0020000D", series: "0020000E", instance: "00080018" }[query.level];
    const matches = new Map<unknown, string>();
    for (const { model } of this.#current({})) {
      if (matchesKeys(model, query)) matches.set(model[unique]?.Value?.[0], projection(model, query));
    }
    const all = [...matches.values()].slice(query.offset ?? 0);
    const limit = query.limit ?? all.length;
    return { matches: all.slice(0, limit), more: all.length > limit, unsupported: [] };
  }

  resolve = async (target: Target) => this.#current(target);

  assertHere(): void {}

  open(ref: InstanceRef): ReturnType<Archive["open"]> {
    const { bytes } = ref as Stored;
    const body = bytes.subarray(ref.headerSize);
    return {
      ref,
      header: async () => bytes.subarray(0, ref.headerSize),
      dataSet: (start = 0, end = body.length) => pieces(body.subarray(start, end)),
      file: (start = 0, end = bytes.length) => pieces(bytes.subarray(start, end)),
    };
  }

  async versions(uid: string): ReturnType<Archive["versions"]> {
    const all = this.objects.filter((one) => one.sopInstanceUid === uid);
    return all.map((one, i) => ({ ...one, current: i === all.length - 1 && !one.deleted }));
  }

  async delete(...[context, target]: Parameters<Archive["delete"]>): Promise<{ instances: number }> {
    this.events.push(eventOf(context.operation, "delete", "success"));
    const found = this.#current(target);
    for (const one of found) one.deleted = true;
    return { instances: found.length };
  }

  record(event: AccessEvent): void {
    this.events.push(event);
  }

  async flush(): Promise<void> {}

  async statistics(): ReturnType<Archive["statistics"]> {
    const current = this.#current({});
    const count = (key: "patientId" | "studyUid" | "seriesUid") => new Set(current.map((one) => one[key])).size;
    return {
      patients: count("patientId"),
      studies: count("studyUid"),
      series: count("seriesUid"),
      instances: current.length,
      versions: this.objects.length,
      bytes: this.objects.reduce((sum, one) => sum + one.bytes.length, 0),
      journalEntries: this.events.length,
    };
  }

  health(): ReturnType<Archive["health"]> {
    return this.healthy ? { ok: true } : { ok: false, code: "storage/full" };
  }

  async close(): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {}
}

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

function parse(bytes: Buffer): Stored {
  const header = parseFileHeader(bytes);
  if (!header) throw new HoldfastError("object/truncated");
  const body = bytes.subarray(header.length);
  const scanner = new DataSetScanner(header.transferSyntaxUid);
  scanner.push(body);
  const { header: dataSet } = scanner.end();
  const text = (tag: number) => dataSet.string(tag) ?? "";
  return {
    patientId: text(0x00100020),
    studyUid: text(0x0020000d),
    seriesUid: text(0x0020000e),
    sopInstanceUid: text(0x00080018),
    sopClassUid: text(0x00080016),
    transferSyntaxUid: header.transferSyntaxUid,
    version: 1,
    headerSize: header.length,
    dataSetSize: body.length,
    digest: createHash("sha256").update(body).digest("hex"),
    frames: dataSet.number(0x00280008) ?? 1,
    storedAt: systemClock(),
    location: undefined,
    bytes,
    model: toDicomJson(dataSet),
    deleted: false,
  };
}

function matchesKeys(model: DicomJson, query: ArchiveQuery): boolean {
  return Object.entries(query.keys).every(([tag, key]) => {
    if (!key.Value || key.vr === "SQ") return true;
    const found = JSON.stringify(model[tag]?.Value?.[0] ?? null);
    return key.Value.some((value) => JSON.stringify(value) === found);
  });
}

function projection(model: DicomJson, query: ArchiveQuery): string {
  const kept = Object.entries(model).filter(([tag]) => query.includeAll || tag in query.keys);
  return JSON.stringify(Object.fromEntries(kept));
}

function eventOf(operation: string, activity: AccessEvent["activity"], status: AccessEvent["status"]): AccessEvent {
  return {
    time: rfc3339(systemClock()),
    activity,
    status,
    protocol: "dicomweb",
    operation,
    actor: {},
    src_endpoint: {},
  };
}
