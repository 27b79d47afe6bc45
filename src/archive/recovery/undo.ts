/** Carries out an undo: previewed, journaled entry by entry under one name, and itself reversible by that name. */
import type { StoredObject } from "../../catalogue/index.ts";
import { type AccessEvent, type Activity, type Clock, rfc3339 } from "../../core/index.ts";
import { revived, type Suspicion, textOf, type UndoPlan, type UndoStep, undoUid } from "../../recovery/index.ts";
import type { Recoverable } from "../open-archive.ts";
import type { RequestContext } from "../types.ts";
import type { Amendment } from "../writer/protocol.ts";
import { type Assessor, assessor } from "./assess.ts";

export interface UndoOptions {
  archive: Recoverable;
  /** Absent: the journal is read on this thread. */
  assessor?: Assessor;
  context: RequestContext;
  suspicion: Suspicion;
  /** Of this clinic alone. */
  tenant?: string;
  clock: Clock;
  /** Names the undo: `holdfast undo undo:ID` takes it back. */
  id: string;
  /** False: tells what would be done. */
  apply: boolean;
}

export interface UndoOutcome extends UndoPlan {
  id: string;
  /** Whose work of which span it puts back. */
  principals: string[];
  from: string;
  to: string;
  applied: number;
  /** Steps that somebody was faster than: what they did stands. */
  passed: UndoStep[];
}

/** Repairs handed to the writer at once; between two lots others come in. */
const lot = 500;
/** Steps whose objects are read from the journal in one go: bounds memory. */
const gathered = 40 * lot;

/** An undo that was cut off goes on when it is run again: what is done is no longer the principal's. */
export async function undo(options: UndoOptions): Promise<UndoOutcome> {
  const ask = options.assessor ?? assessor(options.archive);
  await options.archive.flush();
  const plan = await ask.plan(options.suspicion, options.tenant);
  const { principals, from, to } = options.suspicion;
  const of = { principals: principals.map(textOf), from: rfc3339(from), to: rfc3339(to) };
  const outcome: UndoOutcome = { ...plan, ...of, id: options.id, applied: 0, passed: [] };
  if (!options.apply) return outcome;
  let objects = new Map<number, StoredObject>();
  for (let at = 0; at < plan.steps.length; at += lot) {
    if (at % gathered === 0) objects = await ask.objects(revertedBy(plan.steps.slice(at, at + gathered)));
    const steps = plan.steps.slice(at, at + lot);
    const passed = await options.archive.amend(steps.map((step) => amendmentOf(step, objects, options)));
    outcome.applied += steps.length - passed.length;
    outcome.passed.push(...passed.map((index) => steps[index]!));
  }
  await options.archive.flush();
  return outcome;
}

/** The entries that stored what comes back. */
const revertedBy = (steps: UndoStep[]): number[] =>
  steps.filter(({ action }) => action === "revert").map(({ entry }) => entry);

const activityOf: Record<UndoStep["action"], Activity> = { hide: "delete", show: "restore", revert: "update" };

function amendmentOf(step: UndoStep, objects: Map<number, StoredObject>, options: UndoOptions): Amendment {
  const { tenant, sopInstanceUid, expected, action } = step;
  const event = eventOf(step, options);
  const target = { level: "instance" as const, sopInstanceUid };
  const of = { ...(tenant === "default" ? {} : { tenant }), sopInstanceUid, expected };
  if (action === "show") return { ...of, record: { kind: "restore", event, target } };
  if (action === "hide") {
    const retainUntil = options.clock() + options.archive.retentionOf(tenant);
    return { ...of, record: { kind: "delete", event, target: { ...target, retainUntil } } };
  }
  const object = revived(objects.get(step.entry)!, expected.version + 1);
  return { ...of, record: { kind: "store", event, object } };
}

function eventOf({ tenant, sopInstanceUid, action, version }: UndoStep, options: UndoOptions): AccessEvent {
  const { context, clock, id } = options;
  return {
    time: rfc3339(clock()),
    activity: activityOf[action],
    status: "success",
    protocol: context.protocol,
    operation: "undo",
    actor: context.actor,
    src_endpoint: context.src,
    ...(tenant === "default" ? {} : { tenant }),
    resources: [{ level: "instance", sop_instance_uid: sopInstanceUid, version }],
    count: { objects: 1 },
    metadata: { correlation_uid: undoUid(id) },
  };
}
