/**
 * What a department did to an archive, kept by hand from the simulator's own lines: who stored, hid and read which
 * object. It knows nothing of journals, catalogues and recovery.
 */
import type { AccessEvent } from "../../src/core/index.ts";

export type Effect = "read" | "created" | "changed" | "hidden";

export interface Place {
  patientId: string;
  studyUid: string;
  seriesUid: string;
  sopInstanceUid: string;
}

export interface State {
  /** SHA-256 of the data set, hex. */
  digest: string;
  visible: boolean;
}

interface Known extends State {
  place: Place;
  /** The state after the last change by anybody but the attacker. */
  before?: State;
  lastIsHostile: boolean;
}

export class Model {
  readonly objects = new Map<string, Known>();
  /** Of the attacker, by effect. */
  readonly touched = new Map<Effect, Set<string>>();

  /** False: the same is there already. */
  store(place: Place, digest: string, hostile: boolean): boolean {
    const known = this.objects.get(place.sopInstanceUid);
    if (known?.visible && known.digest === digest) return false;
    if (hostile) this.#touch(known ? "changed" : "created", place.sopInstanceUid);
    this.#change(place, { digest, visible: true }, hostile);
    return true;
  }

  /** How many objects it hides. */
  hide(studyUid: string, hostile: boolean): number {
    const visible = [...this.objects.values()].filter((each) => each.visible && each.place.studyUid === studyUid);
    for (const { place, digest } of visible) {
      if (hostile) this.#touch("hidden", place.sopInstanceUid);
      this.#change(place, { digest, visible: false }, hostile);
    }
    return visible.length;
  }

  read({ resources = [] }: AccessEvent): void {
    for (const each of resources)
      for (const { place, visible } of this.objects.values())
        if (
          visible &&
          (each.study_uid === undefined ? place.patientId === each.patient_id : place.studyUid === each.study_uid) &&
          (each.series_uid === undefined || place.seriesUid === each.series_uid) &&
          (each.sop_instance_uid === undefined || place.sopInstanceUid === each.sop_instance_uid)
        )
          this.#touch("read", place.sopInstanceUid);
  }

  /** What everybody else left, and of the attacker what nobody else had. */
  undone(): Map<string, State> {
    return new Map([...this.objects].map(([uid, { before, digest, visible }]) => [uid, before ?? { digest, visible }]));
  }

  now(): Map<string, State> {
    return new Map([...this.objects].map(([uid, { digest, visible }]) => [uid, { digest, visible }]));
  }

  /** Changed or hidden by the attacker, and by nobody since. */
  get attacked(): string[] {
    return [...this.objects].filter(([, known]) => known.lastIsHostile && known.before).map(([uid]) => uid);
  }

  #change(place: Place, state: State, hostile: boolean): void {
    const before = hostile ? this.objects.get(place.sopInstanceUid)?.before : state;
    this.objects.set(place.sopInstanceUid, {
      place,
      ...state,
      lastIsHostile: hostile,
      ...(before ? { before } : {}),
    });
  }

  #touch(effect: Effect, uid: string): void {
    this.touched.set(effect, (this.touched.get(effect) ?? new Set()).add(uid));
  }
}
