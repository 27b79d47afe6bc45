/**
 * What each clinic held at one entry of the journal, and for each instance whose work its present state is. The same
 * rules as the catalogue's, kept small enough for every instance of the archive to stand in memory at once.
 */
import type { DeleteTarget, StoredObject } from "../catalogue/index.ts";

/** Which version is visible; `entry` is the journal entry that stored it. */
export interface Shown {
  version: number;
  visible: boolean;
  entry: number;
}

export interface Held extends Shown {
  tenant: string;
  patientId: string;
  studyUid: string;
  seriesUid: string;
  sopInstanceUid: string;
  /** The last change was the principal's. */
  theirs: boolean;
  /** When it was last hidden, ms since 1970. */
  hiddenAt?: number;
  /** After the last change by anybody else; absent: there was none before the principal. */
  before?: Shown;
}

type Target = Omit<DeleteTarget, "level">;

export class Holdings {
  readonly tenants = new Map<string, Map<string, Held>>();
  readonly #members = new Map<string, Set<Held>>();
  readonly #texts = new Map<string, string>();

  store(tenant: string, object: StoredObject, entry: number, theirs: boolean): { held: Held; replaced?: Shown } {
    const instances = this.#instances(tenant);
    const known = instances.get(object.sopInstanceUid);
    const shown: Shown = { version: object.version, visible: true, entry };
    if (known) {
      const replaced = shownOf(known);
      this.#leave(known);
      Object.assign(known, this.#place(object));
      this.#join(known);
      change(known, shown, theirs);
      return { held: known, replaced };
    }
    const held: Held = {
      ...shown,
      ...this.#place(object),
      tenant: this.#text(tenant),
      sopInstanceUid: object.sopInstanceUid,
      theirs,
      ...(theirs ? {} : { before: shown }),
    };
    instances.set(held.sopInstanceUid, held);
    this.#join(held);
    return { held };
  }

  /** Hides or shows again what the target names; what that changed. */
  setVisible(tenant: string, target: Target, visible: boolean, theirs: boolean, time: number): Held[] {
    const changed = [...this.within(tenant, target)].filter((held) => held.visible !== visible);
    for (const held of changed) {
      change(held, { ...shownOf(held), visible }, theirs);
      if (!visible) held.hiddenAt = time;
    }
    return changed;
  }

  /** Everything known below a target that names something, hidden ones included. */
  *within(tenant: string, { patientId, studyUid, seriesUid, sopInstanceUid }: Target): Generator<Held> {
    if (patientId === undefined && !studyUid && !seriesUid && !sopInstanceUid) return;
    for (const held of this.#candidates(tenant, { patientId, studyUid, seriesUid, sopInstanceUid } as Target)) {
      if (patientId !== undefined && held.patientId !== patientId) continue;
      if (studyUid && held.studyUid !== studyUid) continue;
      if (seriesUid && held.seriesUid !== seriesUid) continue;
      yield held;
    }
  }

  *all(tenant: string): Generator<Held> {
    yield* this.tenants.get(tenant)?.values() ?? [];
  }

  #candidates(tenant: string, { patientId, studyUid, seriesUid, sopInstanceUid }: Target): Iterable<Held> {
    if (sopInstanceUid) {
      const held = this.tenants.get(tenant)?.get(sopInstanceUid);
      return held ? [held] : [];
    }
    const key = seriesUid ? `e${seriesUid}` : studyUid ? `s${studyUid}` : `p${patientId}`;
    return [...(this.#members.get(`${tenant} ${key}`) ?? [])];
  }

  #instances(tenant: string): Map<string, Held> {
    const instances = this.tenants.get(tenant) ?? new Map<string, Held>();
    this.tenants.set(tenant, instances);
    return instances;
  }

  #place({ patientId, studyUid, seriesUid }: StoredObject) {
    return { patientId: this.#text(patientId), studyUid: this.#text(studyUid), seriesUid: this.#text(seriesUid) };
  }

  /** One copy of each identifier, however many instances share it. */
  #text(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  }

  #keys({ tenant, patientId, studyUid, seriesUid }: Held): string[] {
    return [`${tenant} p${patientId}`, `${tenant} s${studyUid}`, `${tenant} e${seriesUid}`];
  }

  #join(held: Held): void {
    for (const key of this.#keys(held)) {
      const members = this.#members.get(key);
      if (members) members.add(held);
      else this.#members.set(key, new Set([held]));
    }
  }

  #leave(held: Held): void {
    for (const key of this.#keys(held)) this.#members.get(key)?.delete(held);
  }
}

const shownOf = ({ version, visible, entry }: Held): Shown => ({ version, visible, entry });

function change(held: Held, to: Shown, theirs: boolean): void {
  Object.assign(held, to);
  held.theirs = theirs;
  if (!theirs) held.before = to;
}
