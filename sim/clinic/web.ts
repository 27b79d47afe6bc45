/** A person or program at the archive's web side, in the words of src/http/access.ts. */
import type { AccessEvent, Resource } from "../../src/core/index.ts";
import type { Dice } from "./dice.ts";
import type { Recorder } from "./recorder.ts";
import { archiveIp } from "./world/equipment.ts";
import { bytesOf, objectsOf, type Series, type Study } from "./world/holdings.ts";

export interface WebUser {
  account: string;
  type: "person" | "service" | "vendor";
  role?: string;
  address: string;
  agent: string;
  vendor?: string;
}

const rfc3339 = (time: number): string => new Date(Math.round(time)).toISOString();

/** As the gate names a person, and its access events do. */
export const principalId = (account: string): string => `user:${account}`;

export class WebSession {
  now: number;
  readonly #record: Recorder;
  readonly #dice: Dice;
  readonly #user: WebUser;
  readonly #session: string;

  constructor(record: Recorder, dice: Dice, user: WebUser, at: number) {
    this.#record = record;
    this.#dice = dice;
    this.#user = user;
    this.#session = dice.hex(16);
    this.now = at;
  }

  pause(seconds: number): this {
    this.now += this.#dice.exponential(seconds) * 1000;
    return this;
  }

  /** The gate notes it itself, without what the request was like (src/gate/registry.ts). */
  login(): void {
    const { time, actor } = this.#event("login", "login", "api", 0);
    const src_endpoint = { ip: this.#user.address };
    this.#finish({
      time,
      activity: "login",
      status: "success",
      protocol: "api",
      operation: "login",
      actor,
      src_endpoint,
    });
  }

  logout(): void {
    this.#request("logout", "logout", "api", { status: "success", status_code: "204" }, 4, 0);
  }

  /** The archive records queries itself, without a status code and traffic. */
  query(level: "study" | "series" | "instance", keys: Record<string, string>, matches: number): void {
    const event = this.#event("query", "QIDO-RS", "dicomweb", this.#dice.logNormal(8, 0.6));
    this.#finish({ ...event, query: { level, keys }, status: "success", count: { objects: matches } });
  }

  metadata(study: Study): void {
    this.#readStudy("WADO-RS metadata", study, objectsOf(study) * 4_100);
  }

  study(study: Study): void {
    this.#readStudy("WADO-RS", study, bytesOf(study));
  }

  series(study: Study, series: Series): void {
    const resource: Resource = {
      level: "series",
      study_uid: study.uid,
      series_uid: series.uid,
      patient_id: study.patientId,
    };
    this.#read("WADO-RS", resource, series.instances, series.instances * series.size);
  }

  /** Pictures of single instances, as one scrolls. */
  rendered(study: Study, series: Series, index: number): void {
    const resource: Resource = {
      level: "instance",
      study_uid: study.uid,
      series_uid: series.uid,
      sop_instance_uid: `${series.uid}.${index}`,
      patient_id: study.patientId,
      sop_class_uid: series.sopClass,
    };
    this.#read("WADO-RS rendered", resource, 1, 84_000);
  }

  remove(study: Study): void {
    const event = this.#event("delete", "DELETE", "dicomweb", 3);
    this.#finish({
      ...event,
      status: "success",
      resources: [{ level: "study", study_uid: study.uid }],
      count: { objects: objectsOf(study), studies: 1 },
    });
  }

  administer(operation: string): void {
    this.#request("admin", operation, "api", { status: "success", status_code: "200" }, 12, 900);
  }

  denied(operation: string): void {
    this.#request(
      "read",
      operation,
      "dicomweb",
      { status: "denied", status_code: "403", status_detail: "request/denied" },
      2,
      200,
    );
  }

  #readStudy(operation: string, study: Study, bytes: number): void {
    const resource: Resource = { level: "study", study_uid: study.uid, patient_id: study.patientId };
    this.#read(operation, resource, objectsOf(study), bytes);
  }

  #read(operation: string, resource: Resource, objects: number, bytes: number): void {
    const facts = { status: "success" as const, status_code: "200", resources: [resource], count: { objects } };
    this.#request("read", operation, "dicomweb", facts, 15 + bytes / 90_000, bytes);
  }

  #request(
    activity: AccessEvent["activity"],
    operation: string,
    protocol: "dicomweb" | "api",
    facts: Pick<AccessEvent, "status"> & Partial<AccessEvent>,
    milliseconds: number,
    bytesOut: number,
  ): void {
    const event = this.#event(activity, operation, protocol, milliseconds);
    this.#finish({ ...event, traffic: { bytes_in: 0, bytes_out: bytesOut }, ...facts });
  }

  #event(
    activity: AccessEvent["activity"],
    operation: string,
    protocol: "dicomweb" | "api",
    milliseconds: number,
  ): Omit<AccessEvent, "status"> {
    const { account, type, role, agent, address, vendor } = this.#user;
    return {
      time: rfc3339(this.now),
      activity,
      protocol,
      operation,
      actor: {
        user: { name: principalId(account), type, ...(role && { role }) },
        app: agent,
        session: this.#session,
        ...(vendor && { vendor }),
      },
      src_endpoint: { ip: address, port: this.#dice.integer(49_152, 65_535) },
      dst_endpoint: { ip: archiveIp, port: 8_080 },
      duration: Math.round(milliseconds),
    };
  }

  #finish(event: AccessEvent): void {
    this.now += event.duration ?? 0;
    this.#record.archive(event, this.now);
    this.now += this.#dice.exponential(40);
  }
}
