/** One access event as the detectors see it: hashed names, classes and amounts, worked out once. */
import type { AccessEvent } from "../../core/index.ts";
import type { Hash64 } from "../stats/hash.ts";

/** What an activity does to the data, whatever the protocol calls it. */
export type Act = "read" | "search" | "create" | "change" | "destroy" | "login" | "administer" | "other";

export interface Observation {
  /** The event itself; never kept beyond the call. */
  event: AccessEvent;
  /** The event's place in the stream. */
  index: number;
  /** Seconds since 1970, never before that of an earlier event by more than the engine's tolerance; late ones are clamped. */
  time: number;
  act: Act;
  ok: boolean;
  /** Tenant and the most specific name of who acts: user, else application, else AE title, else address. */
  principal: Hash64;
  /** `principal` in words, for reasons. */
  actor: string;
  host: Hash64 | undefined;
  vendor: Hash64 | undefined;
  tenant: Hash64;
  /** Peer group of the principal: given role, else learnt from behaviour; 0 when not known yet. */
  group: number;
  /** Distinct patients, studies and SOP instances named by the event; at most 64 each. */
  patients: readonly Hash64[];
  studies: readonly Hash64[];
  instances: readonly Hash64[];
  /** Objects touched, ≥ 1; bytes moved either way, ≥ 0. Absurd claims are clamped. */
  objects: number;
  bytes: number;
  /** Share in 0 to 1 of this event that no announced window covers (1: none does). */
  unplanned: number;
}
