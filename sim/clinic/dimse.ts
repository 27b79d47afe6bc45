/** An association with the archive and the events that it leaves, in the archive's own words (src/archive/scp). */
import type { AccessEvent, Content, Endpoint, Level, Resource } from "../../src/core/index.ts";
import { type Alteration, contentOf, unaltered } from "./contents.ts";
import type { Dice } from "./dice.ts";
import type { Recorder } from "./recorder.ts";
import { archiveAe, archiveIp, type Device } from "./world/equipment.ts";
import { bytesOf, objectsOf, type Series, type Study } from "./world/holdings.ts";

export interface Caller extends Pick<Device, "ae" | "ip"> {
  /** Of a user identity negotiated (PS3.7 D.3.3.7). */
  user?: string;
}

const rfc3339 = (time: number): string => new Date(Math.round(time)).toISOString();

export class Association {
  /** ms since 1970: where the conversation has come to. */
  now: number;
  readonly #record: Recorder;
  readonly #dice: Dice;
  readonly #opened: number;
  readonly #base: Pick<AccessEvent, "actor" | "src_endpoint" | "dst_endpoint">;
  #operations = 0;
  #bytesIn = 180;
  #bytesOut = 180;

  constructor(record: Recorder, dice: Dice, caller: Caller, at: number) {
    this.#record = record;
    this.#dice = dice;
    this.#opened = at;
    this.now = at;
    const source: Endpoint = { ip: caller.ip, port: dice.integer(49_152, 65_535), ae_title: caller.ae };
    this.#base = {
      actor: {
        app: caller.ae,
        session: `mw${dice.hex(6)}-${dice.integer(1, 99_999)}`,
        ...(caller.user && { user: { name: caller.user } }),
      },
      src_endpoint: source,
      dst_endpoint: { ip: archiveIp, port: 11_112, ae_title: archiveAe },
    };
    this.#emit({ activity: "associate", operation: "A-ASSOCIATE", status: "success" }, 0);
  }

  /** Lets time pass without the archive. @param seconds mean */
  pause(seconds: number): this {
    this.now += this.#dice.exponential(seconds) * 1000;
    return this;
  }

  echo(): void {
    this.#operations++;
    this.#emit({ activity: "echo", operation: "C-ECHO", status: "success" }, 0);
  }

  find(level: Level, keys: Record<string, string>, matches: number): void {
    this.#operations++;
    this.#bytesOut += matches * 420;
    this.#emit(
      {
        activity: "query",
        operation: "C-FIND",
        query: { level, keys },
        status: "success",
        count: { objects: matches },
      },
      this.#dice.logNormal(6, 0.6),
    );
  }

  /** Stores one instance. @param index of the series, from 1 */
  store(patientId: string, study: Study, series: Series, index: number, more: StoreOptions = {}): void {
    const uid = `${series.uid}.${index}`;
    const content = more.content ?? contentOf(series, uid, more.alteration ?? unaltered, this.#dice);
    this.#operations++;
    this.#bytesIn += content.size + 200;
    this.#emit(
      {
        activity: more.activity ?? "create",
        operation: "C-STORE",
        status: "success",
        resources: [
          {
            level: "instance",
            patient_id: patientId,
            study_uid: study.uid,
            series_uid: series.uid,
            sop_instance_uid: uid,
            sop_class_uid: series.sopClass,
            modality: series.modality,
            version: more.version ?? 1,
          },
        ],
        count: { objects: 1 },
        traffic: { bytes_in: content.size },
        content,
        ...more.facts,
      },
      this.#dice.logNormal(4, 0.5) + content.size / 80_000,
    );
  }

  /** An object that the archive does not take. */
  refused(series: Series, index: number, code: string, received: number): void {
    this.#operations++;
    this.#bytesIn += received;
    this.#emit(
      {
        activity: "create",
        operation: "C-STORE",
        status: "failure",
        status_detail: code,
        resources: [{ level: "instance", sop_instance_uid: `${series.uid}.${index}`, sop_class_uid: series.sopClass }],
        count: { failed: 1 },
        traffic: { bytes_in: received },
      },
      this.#dice.logNormal(4, 0.5),
    );
  }

  /** C-MOVE to a peer, or C-GET. @param studies whole, or of a patient where the level says so */
  retrieve(studies: readonly Study[], level: "patient" | "study", to?: Pick<Device, "ae" | "ip">): void {
    const objects = studies.reduce((sum, study) => sum + objectsOf(study), 0);
    const bytes = studies.reduce((sum, study) => sum + bytesOf(study), 0);
    const resources = studies.map((study): Resource => {
      return level === "patient"
        ? { level, patient_id: study.patientId }
        : { level, patient_id: study.patientId, study_uid: study.uid };
    });
    const patients = new Set(studies.map(({ patientId }) => patientId)).size;
    this.#read({ resources, objects, bytes, patients, studies: studies.length }, to);
  }

  retrieveSeries(study: Study, series: Series, to?: Pick<Device, "ae" | "ip">): void {
    const resources: Resource[] = [
      { level: "series", patient_id: study.patientId, study_uid: study.uid, series_uid: series.uid },
    ];
    const { instances: objects, size } = series;
    this.#read({ resources, objects, bytes: objects * size, patients: 1, studies: 1 }, to);
  }

  commit(objects: number): void {
    this.#operations++;
    this.#emit(
      {
        activity: "commit",
        operation: "N-ACTION",
        status: "success",
        count: { objects, failed: 0 },
        metadata: { correlation_uid: `2.25.${this.#dice.whole32()}${this.#dice.whole32()}` },
      },
      objects / 4,
    );
  }

  release(): void {
    this.#close({ operation: "A-RELEASE", status: "success" });
  }

  abort(): void {
    this.#close({ operation: "A-ABORT", status: "failure", status_detail: "association/aborted" });
  }

  #read(
    what: { resources: Resource[]; objects: number; bytes: number; patients: number; studies: number },
    to?: Pick<Device, "ae" | "ip">,
  ): void {
    const { resources, objects, bytes, patients, studies } = what;
    this.#operations++;
    if (!to) this.#bytesOut += bytes;
    this.#emit(
      {
        activity: "read",
        operation: to ? "C-MOVE" : "C-GET",
        status: "success",
        ...(to && { dst_endpoint: { hostname: to.ip, port: 104, ae_title: to.ae } }),
        resources: resources.slice(0, 1_000),
        count: { objects, failed: 0, patients, studies },
        traffic: { bytes_out: bytes },
      },
      20 + objects * 3 + bytes / 60_000,
    );
  }

  #close(ending: { operation: string; status: "success" | "failure"; status_detail?: string }): void {
    const duration = Math.max(1, Math.round(this.now - this.#opened));
    const event: AccessEvent = {
      time: rfc3339(this.#opened),
      activity: "release",
      protocol: "dimse",
      ...this.#base,
      duration,
      ...ending,
      count: { operations: this.#operations },
      traffic: { bytes_in: this.#bytesIn, bytes_out: this.#bytesOut },
    };
    this.#record.archive(event, this.now);
  }

  #emit(facts: Omit<AccessEvent, "time" | "protocol" | "actor" | "src_endpoint">, milliseconds: number): void {
    const duration = Math.round(milliseconds);
    const event: AccessEvent = { time: rfc3339(this.now), protocol: "dimse", ...this.#base, duration, ...facts };
    this.now += duration;
    this.#record.archive(event, this.now);
    this.now += this.#dice.exponential(3);
  }
}

export interface StoreOptions {
  activity?: "create" | "update" | "duplicate";
  version?: number;
  alteration?: Alteration;
  content?: Content;
  /** What the archive has read from a plan or record. */
  facts?: Partial<AccessEvent>;
}
