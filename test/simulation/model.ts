/** The archive's meaning in the simplest words: what the journal's entries leave to be seen, and whose work it is. */
import type { AccessEvent } from "../../src/core/index.ts";
import type { Entry } from "./truth.ts";

export interface State {
  version: number;
  digest: string;
  visible: boolean;
}

export interface Instance extends State {
  tenant: string;
  uid: string;
  patientId: string;
  studyUid: string;
  seriesUid: string;
  byAttacker: boolean;
  /** As it was after the last change by anybody but the attacker. */
  before: State | undefined;
}

export interface Model {
  instances: Map<string, Instance>;
  /** `EFFECT ENTRY TENANT UID`, for all that the attacker did. */
  touched: Set<string>;
}

/** Replays the entries, one after the other. */
export function replay(entries: Entry[], isAttacker: (event: AccessEvent) => boolean): Model {
  const model: Model = { instances: new Map(), touched: new Set() };
  for (const { seq, record } of entries) {
    if (!("event" in record)) continue;
    const tenant = record.event.tenant ?? "default";
    const theirs = isAttacker(record.event);
    const touch = (effect: string, uid: string): void => {
      if (theirs) model.touched.add(`${effect} ${seq} ${tenant} ${uid}`);
    };
    if (record.kind === "store") {
      const { sopInstanceUid: uid, patientId, studyUid, seriesUid, version, digest } = record.object;
      const known = model.instances.get(`${tenant} ${uid}`);
      touch(known ? "changed" : "created", uid);
      const before = known?.before;
      const place = { tenant, uid, patientId, studyUid, seriesUid };
      change(model, { ...place, version, digest, visible: true, byAttacker: theirs, before });
    } else if (record.kind === "delete" || record.kind === "restore") {
      const visible = record.kind === "restore";
      for (const instance of model.instances.values())
        if (instance.tenant === tenant && instance.visible !== visible && isNamed(instance, record.target)) {
          touch(visible ? "shown" : "hidden", instance.uid);
          change(model, { ...instance, visible, byAttacker: theirs });
        }
    } else if (record.kind === "access" && record.event.activity === "read" && record.event.status === "success")
      for (const { sop_instance_uid } of record.event.resources ?? []) touch("read", sop_instance_uid!);
  }
  return model;
}

function change(model: Model, next: Instance): void {
  const { version, digest, visible } = next;
  if (!next.byAttacker) next.before = { version, digest, visible };
  model.instances.set(`${next.tenant} ${next.uid}`, next);
}

type Target = { patientId?: string; studyUid?: string; seriesUid?: string; sopInstanceUid?: string };

function isNamed(instance: Instance, { patientId, studyUid, seriesUid, sopInstanceUid }: Target): boolean {
  if (patientId !== undefined && patientId !== instance.patientId) return false;
  if (studyUid !== undefined && studyUid !== instance.studyUid) return false;
  if (seriesUid !== undefined && seriesUid !== instance.seriesUid) return false;
  return sopInstanceUid === undefined || sopInstanceUid === instance.uid;
}

/** What a reader sees: `TENANT UID DIGEST`, sorted. */
export function seenIn(model: Model): string[] {
  const visible = [...model.instances.values()].filter((each) => each.visible);
  return visible.map(({ tenant, uid, digest }) => `${tenant} ${uid} ${digest}`).sort();
}

/** What a reader should see once the attacker's work is undone. */
export function seenAfterUndo(model: Model): string[] {
  const undone = [...model.instances.values()].map((each) =>
    each.byAttacker && each.before ? { ...each, ...each.before } : each,
  );
  return undone
    .filter(({ visible }) => visible)
    .map(({ tenant, uid, digest }) => `${tenant} ${uid} ${digest}`)
    .sort();
}
