/** Why not, in words an administrator can act on and the person affected can understand. */
import { type ErrorCode, rfc3339 } from "../core/index.ts";
import type { Containment } from "./containment.ts";
import type { Denial } from "./decision.ts";
import { type Action, actions, rolesFor } from "./policy/index.ts";
import type { Principal } from "./principal.ts";

type GateCode = ErrorCode & `gate/${string}`;

/** A denial that no containment is behind. `lacking`: what of it does not fit. */
export function deny(principal: Principal, action: Action, code: GateCode, lacking?: string): Denial {
  const what = actions[action].what;
  return { effect: "deny", code, reason: reasonOf(principal, action, code, lacking), message: `You may not ${what}.` };
}

function reasonOf({ id, roles, tenant, vendor }: Principal, action: Action, code: GateCode, lacking?: string): string {
  switch (code) {
    case "gate/unauthenticated":
      return `${action} needs a known principal; this one proved no identity.`;
    case "gate/vendor-session":
      return `${id} of vendor ${vendor ?? "unknown"} has no open session${lacking ? ` for ${lacking}` : ""}; open one that covers it.`;
    case "gate/tenant":
      return `${id} belongs to tenant ${tenant} and may not act in another.`;
    case "gate/tenant-closed":
      return `${action} by ${id}: the tenant is closed; nobody acts in it until it is opened again.`;
    case "gate/scope":
      return `${id} is restricted to some actions, and ${action} is not among them; widen its scope.`;
    case "gate/sop-class":
      return `${id} may not store this SOP class; add it to the peer's SOP classes.`;
    default:
      return `${id} has ${roles.length > 0 ? `role ${roles.join(", ")}` : "no role"}, ${action} needs one of: ${rolesFor(action).join(", ")}.`;
  }
}

/** A denial by a containment: since when, and whom to call. */
export function explained(principal: Principal, action: Action, code: GateCode, containment: Containment): Denial {
  const { id, target, reason, since, until, contact } = containment;
  const ends = until === undefined ? "" : ` until ${rfc3339(until)}`;
  return {
    effect: "deny",
    code,
    reason: `${action} by ${principal.id}: containment ${id} (${containment.action} on ${target.kind} ${target.id}${ends}): ${reason}`,
    message: messageOf(action, code, rfc3339(since), ends, contact),
    containment,
  };
}

function messageOf(action: Action, code: GateCode, since: string, ends: string, contact: string): string {
  const what = actions[action].what;
  if (code === "gate/reauthenticate") return `Log in again to ${what}: asked for since ${since}. Call ${contact}.`;
  return `Your access to ${what} is paused since ${since}${ends}. Call ${contact}.`;
}

/** At most 64 characters, for the Error Comment (0000,0902). */
export function shortMessage({ containment, code, message }: Denial): string {
  if (!containment) return message.slice(0, 64);
  const minute = `${rfc3339(containment.since).slice(0, 16)}Z`;
  const verb = code === "gate/reauthenticate" ? "Reconnect: asked" : "Paused";
  return `${verb} since ${minute}, call ${containment.contact}`.slice(0, 64);
}
