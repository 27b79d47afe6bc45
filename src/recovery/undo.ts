/**
 * Selective undo. Of each instance that a principal changed, the state after the last change by anybody else comes
 * back; where somebody else has changed it since, that stands and is listed for a person to decide.
 */
import type { StoredObject } from "../catalogue/index.ts";
import type { Damage } from "./damage.ts";
import type { Held } from "./holdings.ts";

export interface UndoStep {
  tenant: string;
  sopInstanceUid: string;
  /** `hide`: behind a tombstone; `show`: the tombstone lifted; `revert`: the bytes of an earlier version, as the newest. */
  action: "hide" | "show" | "revert";
  /** What must still be so when the step is taken. */
  expected: { version: number; visible: boolean };
  /** The version whose bytes come back and the journal entry that stored it. */
  version: number;
  entry: number;
}

export interface UndoPlan {
  steps: UndoStep[];
  /** Somebody else has changed it since: it stays as it is. */
  conflicts: Held[];
  /** New objects of the principal: they stay, since a stolen identity also stored what was real. */
  created: Held[];
}

/** What an undo does, and nothing is done yet. */
export function planUndo({ objects }: Damage): UndoPlan {
  const plan: UndoPlan = { steps: [], conflicts: [], created: [] };
  for (const { held, touches } of objects) {
    if (touches.every(({ effect }) => effect === "read")) continue;
    const { before } = held;
    if (!held.theirs) plan.conflicts.push(held);
    else if (!before) plan.created.push(held);
    else plan.steps.push(...stepsOf(held, before));
  }
  return plan;
}

function stepsOf(held: Held, before: NonNullable<Held["before"]>): UndoStep[] {
  const { tenant, sopInstanceUid, version, visible } = held;
  const same = before.version === version;
  if (same && before.visible === visible) return [];
  const step = { tenant, sopInstanceUid, expected: { version, visible }, version: before.version, entry: before.entry };
  if (!before.visible) return visible ? [{ ...step, action: "hide" }] : [];
  return [{ ...step, action: same ? "show" : "revert" }];
}

/** The object of an earlier version as a newer one: its bytes stay where they are. */
export function revived(object: StoredObject, version: number): StoredObject {
  return { ...object, version };
}
