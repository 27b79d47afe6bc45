/**
 * Which principals are treating a patient just now, from what the gate permits: who delivers (a linac, a critical
 * system, a therapist) and has associated, read, stored or recorded a treatment within the last minutes.
 */
import type { Action } from "../../gate/index.ts";
import type { Affected } from "./circumstances.ts";

/** A fraction takes 10 to 30 minutes; between beams nothing need come over the wire. */
export const sessionMinutes = 30;
const mostPrincipals = 10_000;

export class TreatmentSessions {
  /** Until when, ms since 1970. */
  readonly #until = new Map<string, number>();
  readonly #length: number;

  constructor(minutes = sessionMinutes) {
    this.#length = minutes * 60_000;
  }

  /** `who` was permitted `action` at `now`, ms since 1970. */
  acted(who: Affected, action: Action, now: number): void {
    if (!isTreatmentWork(who, action)) return;
    this.#until.delete(who.id);
    this.#until.set(who.id, now + this.#length);
    if (this.#until.size > mostPrincipals) this.#until.delete(this.#until.keys().next().value!);
  }

  /** Principal ids. */
  at(now: number): Set<string> {
    for (const [id, until] of this.#until) if (until <= now) this.#until.delete(id);
    return new Set(this.#until.keys());
  }
}

/** Whatever a linac or critical system does is treating; of a therapist the record of a delivery is. */
function isTreatmentWork({ roles, critical }: Affected, action: Action): boolean {
  if (critical === true || roles.includes("linac")) return action !== "echo";
  // Others that record a delivery are no reason to spare them: a stolen account could.
  return action === "care.record" && roles.includes("therapist");
}
