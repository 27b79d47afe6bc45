/**
 * Group commit, the heart of durability: everything that finished since the last round becomes durable together.
 * Bytes first, then their journal entries, then the catalogue; only then is anybody told.
 */
import type {
  CatalogueWriter,
  CurrentInstance,
  JournalRecord,
  StoredObject,
  VaultLocation,
} from "../../catalogue/index.ts";
import { codeOf, type ErrorCode } from "../../core/index.ts";
import type { Arrivals, JournalWriter, PatientKey, SegmentWriter } from "../../vault/index.ts";
import type { StoreOutcome } from "../types.ts";
import { quarantinedEvent, refusedEvent, storedEvent } from "./events.ts";
import type { Ingested } from "./ingest.ts";
import type { KeyBatch, PatientKeyring } from "./patient-keys.ts";
import type { ObjectOpening } from "./protocol.ts";

/** Bytes. */
const maxEventSize = 1024 * 1024;

export interface FinishedStore {
  id: number;
  opening: ObjectOpening;
  object: Ingested;
}

export interface Stores {
  segments: SegmentWriter;
  journal: JournalWriter;
  catalogue: CatalogueWriter;
  patientKeys: PatientKeyring;
  /** Of a restore under way: what has not arrived is nothing to rest on. */
  arrivals?: Arrivals;
  now(): number;
}

interface Decision {
  store: FinishedStore;
  outcome: "created" | "updated" | "duplicate" | "arriving" | "quarantined" | "held";
  version: number;
  /** The data set is stored already. */
  data?: VaultLocation;
  patient?: PatientKey;
  /** The same object in the same batch, on which a duplicate rests. */
  first?: Decision;
}

export interface CommitResult {
  outcomes: [id: number, outcome: StoreOutcome][];
  /** The failure that hit the batch's objects, if one did. */
  error?: unknown;
}

/**
 * Makes the stores and records durable. Objects that cannot be written fail alone, with their refusal journaled.
 * @throws what the journal threw: then nothing of the batch happened.
 */
export async function commitBatch(
  stores: Stores,
  finished: FinishedStore[],
  records: JournalRecord[],
): Promise<CommitResult> {
  const keys = stores.patientKeys.batch();
  const decisions = decide(stores, keys, finished);
  const written = await writeObjects(stores, decisions);
  const now = stores.now();
  const stored = decisions.map((decision) => recordOf(decision, written, now));
  const made = written.error === undefined ? (keys?.records() ?? []) : [];
  await appendRecords(stores, [...records, ...made, ...stored]);
  const outcomes = decisions.map((decision): [number, StoreOutcome] => [
    decision.store.id,
    outcomeOf(decision, written),
  ]);
  return { outcomes, ...(written.error === undefined ? {} : { error: written.error }) };
}

/** Journals the records durably and applies them to the catalogue, which catches up by itself if it cannot follow. */
export async function appendRecords(
  stores: Pick<Stores, "journal" | "catalogue" | "now">,
  records: JournalRecord[],
): Promise<void> {
  if (records.length === 0) return;
  const time = Math.max(stores.now(), stores.journal.time);
  const first = stores.journal.size;
  await stores.journal.append(records.map((record) => ({ time, payload: payloadOf(record) })));
  try {
    for (const [index, record] of records.entries()) stores.catalogue.apply({ seq: first + index, time, record });
  } catch {
    stores.catalogue.rollback(); // the journal has it; the catalogue is brought up from there before the next read
  }
}

/** An event of a hostile request may be long; a journal entry may not: such an event leaves out what made it so. */
function payloadOf(record: JournalRecord): Buffer {
  const payload = Buffer.from(JSON.stringify(record));
  if (record.kind !== "access" || payload.length <= maxEventSize) return payload;
  const { query, resources, ...event } = record.event;
  const shortened = { ...event, ...(query ? { query: { level: query.level, keys: {} } } : {}) };
  return Buffer.from(JSON.stringify({ kind: "access", event: shortened }));
}

/** What each store means, in order, seeing those before it in the same batch. */
function decide(stores: Stores, keys: KeyBatch | undefined, finished: FinishedStore[]): Decision[] {
  const { catalogue, arrivals } = stores;
  const isHere = (place: VaultLocation): boolean => arrivals?.are("durable", place) ?? true;
  const latest = new Map<string, { instance: CurrentInstance; first: Decision }>();
  return finished.map((store): Decision => {
    const { object, opening } = store;
    const { tenant } = opening.context;
    const wrapped = (): Pick<Decision, "patient"> => (keys ? { patient: keys.of(tenant, object.identity) } : {});
    if (object.quarantine) return { store, outcome: "quarantined", version: 0, ...wrapped() };
    const key = `${tenant ?? ""} ${object.sopInstanceUid}`;
    const before = latest.get(key);
    const known = before?.instance ?? catalogue.current(object.sopInstanceUid, tenant);
    const isRepeat = known !== undefined && !isErased(catalogue, known) && isSame(known, object, opening.hint.form);
    if (isRepeat && !before && arrivals && !catalogue.places(object.sopInstanceUid, tenant).every(isHere))
      return { store, outcome: "arriving", version: known.version };
    if (isRepeat)
      return { store, outcome: "duplicate", version: known.version, ...(before ? { first: before.first } : {}) };
    const version = (known?.version ?? 0) + 1;
    if (opening.context.held !== undefined) return { store, outcome: "held", version, ...wrapped() };
    const by = wrapped();
    const found = catalogue.findData(object.content.digest, by.patient?.number ?? 0, tenant);
    const data = found && isHere(found) ? found : undefined;
    const outcome = known ? "updated" : "created";
    const decision: Decision = { store, outcome, version, ...by, ...(data ? { data } : {}) };
    latest.set(key, { instance: currentAfter(object, version), first: decision });
    return decision;
  });
}

/** What nobody can read any more is no reason to refuse the same bytes. */
const isErased = ({ keys }: CatalogueWriter, { key = 0 }: CurrentInstance): boolean =>
  key !== 0 && keys.patientKey(key)?.wrapped === undefined;

/** A data set sent over DIMSE brings no Part 10 header, so its bytes alone decide; a file is the same only as a whole. */
function isSame(known: CurrentInstance, object: Ingested, form: "dataset" | "file"): boolean {
  return (
    !known.deleted &&
    known.digest === object.content.digest &&
    known.transferSyntaxUid === object.transferSyntaxUid &&
    (form === "dataset" || known.headerDigest === object.headerDigest)
  );
}

function currentAfter(object: Ingested, version: number): CurrentInstance {
  const { headerDigest, transferSyntaxUid } = object;
  return { version, digest: object.content.digest, headerDigest, transferSyntaxUid, deleted: false };
}

type Written = { locations: Map<Decision, VaultLocation>; error?: unknown };

async function writeObjects(stores: Stores, decisions: Decision[]): Promise<Written> {
  const fresh = decisions.filter(({ outcome }) => outcome !== "duplicate" && outcome !== "arriving");
  const objects = fresh.map(({ store, data, patient }) => ({
    ...pick(store.object),
    elsewhere: data !== undefined,
    ...(patient ? { patient } : {}),
  }));
  try {
    const written = objects.length > 0 ? await stores.segments.write(objects) : [];
    return { locations: new Map(fresh.map((decision, index) => [decision, written[index]!])) };
  } catch (error) {
    return { locations: new Map(), error };
  } finally {
    for (const { store } of decisions) await store.object.object.discard().catch(() => {}); // a leftover spool goes at the next start
  }
}

/** Whether what the decision says is true on disk: a duplicate is only as good as what it repeats. */
function stands(decision: Decision, { locations }: Written): boolean {
  if (decision.outcome !== "duplicate") return locations.has(decision);
  return !decision.first || locations.has(decision.first);
}

/** Why a decision does not stand. */
const reasonOf = ({ outcome }: Decision, { error }: Written): ErrorCode =>
  outcome === "arriving" ? "storage/arriving" : codeOf(error);

const pick = ({ object, prefix, digest }: Ingested) => ({ object, prefix, digest });

function recordOf(decision: Decision, written: Written, now: number): JournalRecord {
  const { object, opening } = decision.store;
  const { outcome, version } = decision;
  if (outcome === "arriving" || !stands(decision, written))
    return { kind: "access", event: refusedEvent(opening, reasonOf(decision, written), object.dataSetSize, now) };
  if (outcome === "duplicate") return { kind: "access", event: storedEvent(opening, object, outcome, version, now) };
  const location = written.locations.get(decision)!;
  if (outcome === "quarantined")
    return { kind: "quarantine", event: quarantinedEvent(opening, object, object.quarantine!, now), location };
  if (outcome === "held") {
    const event = storedEvent(opening, object, version === 1 ? "created" : "updated", version, now);
    return { kind: "held", event, object: storedObject(decision, location), containment: opening.context.held! };
  }
  return {
    kind: "store",
    event: storedEvent(opening, object, outcome, version, now),
    object: storedObject(decision, location),
  };
}

function storedObject({ store, version, data, patient }: Decision, location: VaultLocation): StoredObject {
  const { object } = store;
  return {
    ...object.identity,
    sopInstanceUid: object.sopInstanceUid,
    sopClassUid: object.sopClassUid,
    transferSyntaxUid: object.transferSyntaxUid,
    version,
    headerSize: object.prefix.length,
    dataSetSize: object.dataSetSize,
    digest: object.content.digest,
    headerDigest: object.headerDigest,
    location,
    ...(data ? { data } : {}),
    ...(patient ? { key: patient.number } : {}),
    attributes: object.attributes,
  };
}

/** Held back or not: the sender sees no difference. */
function toldOf({ outcome, version }: Decision): "created" | "updated" | "duplicate" {
  if (outcome === "duplicate") return outcome;
  return version === 1 ? "created" : "updated";
}

function outcomeOf(decision: Decision, written: Written): StoreOutcome {
  const { object } = decision.store;
  const { sopClassUid, sopInstanceUid } = object;
  const refused = { ok: false as const, sopClassUid, sopInstanceUid };
  if (!stands(decision, written)) return { ...refused, code: reasonOf(decision, written), quarantined: false };
  if (decision.outcome === "quarantined") return { ...refused, code: object.quarantine!, quarantined: true };
  return {
    ok: true,
    outcome: toldOf(decision),
    studyUid: object.identity.studyUid,
    seriesUid: object.identity.seriesUid,
    sopClassUid,
    sopInstanceUid,
    version: decision.version,
    bytes: object.dataSetSize,
    warnings: [],
  };
}
