/**
 * Which principals are treating a patient just now, from the stream of access events: who delivers (a linac, a
 * critical system, a therapist) and has associated, read a plan or stored a record of delivery within the last minutes.
 */
import type { AccessEvent } from "../../core/index.ts";
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

  /** @param who the principal behind the event */
  observe(event: AccessEvent, who: Affected): void {
    if (!delivers(who) || event.status === "denied" || !isTreatmentWork(event, who)) return;
    const until = Date.parse(event.time) + this.#length;
    if (!(until > (this.#until.get(who.id) ?? 0))) return;
    this.#until.delete(who.id);
    this.#until.set(who.id, until);
    if (this.#until.size > mostPrincipals) this.#until.delete(this.#until.keys().next().value!);
  }

  /** Principal ids. */
  at(now: number): Set<string> {
    for (const [id, until] of this.#until) if (until <= now) this.#until.delete(id);
    return new Set(this.#until.keys());
  }
}

/** Others that store a record of delivery are no reason to spare them: a stolen account could. */
function delivers({ roles, critical }: Affected): boolean {
  return critical === true || roles.includes("linac") || roles.includes("therapist");
}

/** Whatever a linac or critical system does is treating; of a person the record of a delivery is. */
function isTreatmentWork({ activity, treatment }: AccessEvent, { roles, critical }: Affected): boolean {
  if (treatment?.kind === "record") return true;
  return (critical === true || roles.includes("linac")) && activity !== "release" && activity !== "echo";
}
