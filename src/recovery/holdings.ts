/**
 * What each clinic held at one entry of the journal, and for each instance whose work its present state is. The same
 * rules as the catalogue's, kept small enough for every instance of the archive to stand in memory at once.
 */
import type { DeleteTarget, StoredObject } from "../catalogue/index.ts";
import { SeriesTree } from "../vault/index.ts";

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
  /** What is theirs: after the last change by anybody else; absent: there was none before the principal. */
  before?: Shown;
}

type Target = Omit<DeleteTarget, "level">;

export class Holdings {
  readonly tenants = new Map<string, Map<string, Held>>();
  readonly #tree = new SeriesTree<Held>();

  store(tenant: string, object: StoredObject, entry: number, theirs: boolean): { held: Held; replaced?: Shown } {
    const instances = this.#instances(tenant);
    const known = instances.get(object.sopInstanceUid);
    const shown: Shown = { version: object.version, visible: true, entry };
    if (known) {
      const replaced = shownOf(known);
      this.#tree.at(tenant, known).members.delete(known);
      this.#settle(known, object);
      change(known, shown, theirs);
      return { held: known, replaced };
    }
    const { patientId, studyUid, seriesUid, sopInstanceUid } = object;
    const { version, visible } = shown;
    const held: Held = { version, visible, entry, tenant, patientId, studyUid, seriesUid, sopInstanceUid, theirs };
    instances.set(sopInstanceUid, held);
    this.#settle(held, object);
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
    const above = {
      ...(patientId === undefined ? {} : { patientId }),
      ...(studyUid ? { studyUid } : {}),
      ...(seriesUid ? { seriesUid } : {}),
    };
    if (!sopInstanceUid) return yield* this.#tree.within(tenant, above);
    const held = this.tenants.get(tenant)?.get(sopInstanceUid);
    if (held && Object.entries(above).every(([name, value]) => held[name as keyof typeof above] === value)) yield held;
  }

  *all(tenant: string): Generator<Held> {
    yield* this.tenants.get(tenant)?.values() ?? [];
  }

  #instances(tenant: string): Map<string, Held> {
    const instances = this.tenants.get(tenant) ?? new Map<string, Held>();
    this.tenants.set(tenant, instances);
    return instances;
  }

  /** Below its series, whose copies of the identifiers it shares with all others there. */
  #settle(held: Held, place: StoredObject): void {
    const { tenant, patientId, studyUid, seriesUid, members } = this.#tree.at(held.tenant, place);
    Object.assign(held, { tenant, patientId, studyUid, seriesUid });
    members.add(held);
  }
}

const shownOf = ({ version, visible, entry }: Held): Shown => ({ version, visible, entry });

function change(held: Held, to: Shown, theirs: boolean): void {
  if (!theirs) delete held.before;
  else if (!held.theirs) held.before = shownOf(held);
  Object.assign(held, to);
  held.theirs = theirs;
}
