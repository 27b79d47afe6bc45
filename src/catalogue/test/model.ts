/**
 * What the catalogue should say, told as plainly as can be: the journal is replayed from its beginning for each
 * question, and every row is looked at. Shares no code with the catalogue.
 */
import type { DeleteTarget, JournalEntry, StoredObject, Target } from "../types.ts";

export type Json = Record<string, { vr: string; Value?: unknown[] }>;

export interface ModelVersion {
  object: StoredObject;
  time: number;
  state: "visible" | "superseded" | "deleted";
  deletedAt?: number;
}

/** Patient identity, study and series of an object, as text. */
export type Place = [patient: string, study: string, series: string];

export function placeOf({ patientId, issuer, studyUid, seriesUid }: StoredObject): Place {
  const patient = JSON.stringify(patientId === "" ? ["", issuer ?? "", studyUid] : [patientId, issuer ?? "", ""]);
  return [patient, `${patient} ${studyUid}`, `${patient} ${studyUid} ${seriesUid}`];
}

const numberOf = (json: Json, tag: string): number => Number(json[tag]?.Value?.[0] ?? Number.POSITIVE_INFINITY);

function compareRanks(a: (number | string)[], b: (number | string)[]): number {
  const at = a.findIndex((each, index) => each !== b[index]);
  return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1;
}

/** The archive as it is after some entries. */
export class Model {
  /** All versions of each instance, oldest first. */
  readonly instances = new Map<string, ModelVersion[]>();
  /** Attributes of each patient, study and series: the newest value of each. */
  readonly attributes = new Map<string, Json>();
  readonly #levelOf: (tag: string) => number | undefined;
  #time = 0;

  constructor(levelOf: (tag: string) => number | undefined, entries: Iterable<JournalEntry>) {
    this.#levelOf = levelOf;
    for (const entry of entries) this.#apply(entry);
  }

  get visible(): StoredObject[] {
    return [...this.instances.values()].flatMap((versions) =>
      versions.filter(({ state }) => state === "visible").map(({ object }) => object),
    );
  }

  /** Instances a target names: by study as first stored, then by number and UID of series and of instance. */
  resolve({ patientId, studyUid, seriesUid, sopInstanceUid }: Target): StoredObject[] {
    const places = [...this.attributes.keys()];
    const rank = (object: StoredObject): (number | string)[] => {
      const [, study, series] = placeOf(object);
      const seriesNumber = numberOf(this.attributes.get(series)!, "00200011");
      const number = numberOf(object.attributes, "00200013");
      return [places.indexOf(study), seriesNumber, object.seriesUid, number, object.sopInstanceUid];
    };
    return this.visible
      .filter(
        (object) =>
          (patientId === undefined || object.patientId === patientId) &&
          (!studyUid || studyUid.includes(object.studyUid)) &&
          (!seriesUid || seriesUid.includes(object.seriesUid)) &&
          (!sopInstanceUid || sopInstanceUid.includes(object.sopInstanceUid)),
      )
      .map((object) => ({ object, rank: rank(object) }))
      .sort((a, b) => compareRanks(a.rank, b.rank))
      .map(({ object }) => object);
  }

  own(object: StoredObject): Json {
    return this.#ofLevel(object, 3);
  }

  #apply({ time, record }: JournalEntry): void {
    this.#time = Math.max(this.#time, time);
    if (record.kind === "store") this.#store(record.object);
    if (record.kind === "delete")
      for (const version of this.#newest(record.target))
        if (version.state === "visible") Object.assign(version, { state: "deleted", deletedAt: this.#time });
    if (record.kind === "restore")
      for (const version of this.#newest(record.target))
        if (version.state === "deleted") {
          version.state = "visible";
          delete version.deletedAt;
        }
  }

  #store(object: StoredObject): void {
    const versions = this.instances.get(object.sopInstanceUid) ?? [];
    const last = versions.at(-1);
    if (last?.state === "visible") last.state = "superseded";
    versions.push({ object, time: this.#time, state: "visible" });
    this.instances.set(object.sopInstanceUid, versions);
    for (const [level, place] of placeOf(object).entries())
      this.attributes.set(place, { ...this.attributes.get(place), ...this.#ofLevel(object, level) });
  }

  #ofLevel({ attributes }: StoredObject, level: number): Json {
    return Object.fromEntries(Object.entries(attributes).filter(([tag]) => this.#levelOf(tag) === level));
  }

  #newest(target: DeleteTarget): ModelVersion[] {
    const { patientId, studyUid, seriesUid, sopInstanceUid } = target;
    return [...this.instances.values()]
      .map((versions) => versions.at(-1)!)
      .filter(
        ({ object }) =>
          (patientId === undefined || object.patientId === patientId) &&
          (studyUid === undefined || object.studyUid === studyUid) &&
          (seriesUid === undefined || object.seriesUid === seriesUid) &&
          (sopInstanceUid === undefined || object.sopInstanceUid === sopInstanceUid),
      );
  }
}
