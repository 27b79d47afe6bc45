/** Writes of a principal whose writes are held back: taken, durable, invisible until released. */
import type { Decision } from "../gate/index.ts";
import type { RequestContext } from "./types.ts";

/** The context of a store that the gate decided on. */
export function heldContext(context: RequestContext, decision: Decision | undefined): RequestContext {
  return decision?.effect === "quarantine" ? { ...context, held: decision.containment.id } : context;
}
