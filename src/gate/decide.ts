/**
 * The one decision before anything is touched: a pure function of principal, action, object and containment state.
 * It looks up at most four targets and a handful of roles, whatever the number of peers and containments, and denies
 * what nothing permits.
 */
import { isAmong } from "./addresses.ts";
import { type Containment, type ContainmentLookup, defaultPerMinute, isActive, type Standing } from "./containment.ts";
import type { Decision, Denial, Permit } from "./decision.ts";
import { deny, explained } from "./denial.ts";
import { type Action, breakGlassActions, effectOf, isEverywhere, mayRole, platformRoles } from "./policy/index.ts";
import { defaultTenant, isClinical, type Principal } from "./principal.ts";

/** What is acted on, as far as it is known beforehand. */
export interface ActionObject {
  /** Absent: in the tenant of the principal. */
  tenant?: string;
  /** For `store`. */
  sopClassUid?: string;
  /** About patients on treatment alone: containment does not hide their data from those who treat. */
  onTreatment?: boolean;
}

export interface DecisionState {
  containments: ContainmentLookup;
  /** Absent: none is. */
  isClosed?(tenant: string): boolean;
  /** ms since 1970. */
  now: number;
}

const permit: Permit = Object.freeze({ effect: "permit", watch: false });

/** Never throws. */
export function decide(principal: Principal, action: Action, object: ActionObject, state: DecisionState): Decision {
  if (principal.method === "none") return deny(principal, action, "gate/unauthenticated");
  const standing = standingOn(principal, object, state.containments);
  return (
    inClosedTenant(principal, action, object, state) ??
    refusal(principal, action, object, standing, state.now) ??
    outsideVendorSession(principal, action, object, state.now) ??
    outsideTenant(principal, action, object) ??
    outsideRole(principal, action, object, state.now) ??
    restricted(principal, action, object, standing, state.now)
  );
}

/** Those who run the archive still look at what belongs to a closed clinic. */
function inClosedTenant(
  principal: Principal,
  action: Action,
  { tenant = principal.tenant }: ActionObject,
  { isClosed }: DecisionState,
): Denial | undefined {
  if (!isClosed) return undefined;
  const acting = isClosed(principal.tenant) || (isClosed(tenant) && effectOf(action) !== "look");
  return acting ? deny(principal, action, "gate/tenant-closed") : undefined;
}

/** Every containment that could bear on it. */
function standingOn(principal: Principal, object: ActionObject, containments: ContainmentLookup): Standing[] {
  const found: Standing[] = [];
  const look = (standing: Standing | undefined): void => {
    if (standing) found.push(standing);
  };
  look(containments.on("principal", principal.id));
  for (const id of principal.secret?.by ?? [])
    if (id !== principal.id) look(inherited(containments.on("principal", id), principal));
  if (principal.vendor !== undefined) look(containments.on("vendor", principal.vendor));
  look(containments.on("tenant", object.tenant ?? principal.tenant));
  if (principal.address !== undefined) look(containments.on("host", principal.address));
  return found;
}

const day = 86_400_000;

/**
 * Whoever is contained does not go on by a key that they made shortly before or since; older keys have other holders by now.
 * A key with a role that treats is restricted to reading at most: care is not taken away for who made the key.
 */
function inherited(standing: Standing | undefined, { secret, ...principal }: Principal): Standing | undefined {
  if (!standing || !secret) return undefined;
  const recent = Object.values(standing).filter(({ since }) => since - secret.at < day);
  if (recent.length === 0) return undefined;
  if (!treats(principal)) return Object.fromEntries(recent.map((each) => [each.action, each]));
  const [restricting] = recent.filter(({ action }) => restrictions.has(action));
  return restricting && { "read-only": restricting };
}

const restrictions: ReadonlySet<string> = new Set(["read-only", "quarantine-writes", "refuse", "cut-vendor-link"]);

function active(standing: Standing[], action: keyof Standing, now: number): Containment | undefined {
  for (const each of standing) {
    const containment = each[action];
    if (containment && isActive(containment, now)) return containment;
  }
  return undefined;
}

/** Care outlasts containment: those who treat a patient on treatment go on reading, for which their devices associate. */
function isCare(principal: Principal, action: Action, object: ActionObject): boolean {
  if (object.onTreatment !== true || !treats(principal)) return false;
  return effectOf(action) === "read" || action === "associate";
}

/** A role that treats, or a system that care stops without. */
export const treats = (principal: Pick<Principal, "roles" | "critical">): boolean =>
  principal.critical === true || isClinical(principal);

function refusal(
  principal: Principal,
  action: Action,
  object: ActionObject,
  standing: Standing[],
  now: number,
): Denial | undefined {
  if (standing.length === 0 || isCare(principal, action, object)) return undefined;
  const refused = active(standing, "refuse", now) ?? active(standing, "cut-vendor-link", now);
  if (refused) return explained(principal, action, "gate/contained", refused);
  const again = active(standing, "reauthenticate", now);
  if (again && principal.authenticatedAt < again.since)
    return explained(principal, action, "gate/reauthenticate", again);
  return undefined;
}

function outsideVendorSession(
  principal: Principal,
  action: Action,
  object: ActionObject,
  now: number,
): Denial | undefined {
  if (principal.kind !== "vendor" && principal.vendor === undefined) return undefined;
  if (action === "account.own") return undefined;
  const session = principal.vendorSession;
  if (!session || session.until <= now) return deny(principal, action, "gate/vendor-session");
  const tenant = object.tenant ?? principal.tenant;
  if (!session.tenants.includes(tenant)) return deny(principal, action, "gate/vendor-session", `tenant ${tenant}`);
  if (principal.address !== undefined && !isAmong(principal.address, session.hosts))
    return deny(principal, action, "gate/vendor-session", `address ${principal.address}`);
  return undefined;
}

function outsideTenant(principal: Principal, action: Action, object: ActionObject): Denial | undefined {
  const home = isEverywhere(action) ? defaultTenant : (object.tenant ?? principal.tenant);
  if (home === principal.tenant) return undefined;
  // What no role of theirs may do anywhere is said to be so.
  if (isEverywhere(action) && !principal.roles.some((role) => mayRole(role, action))) return undefined;
  const effect = effectOf(action);
  const runs = effect === "look" || effect === "manage";
  if (runs && principal.roles.some((role) => platformRoles.has(role) && mayRole(role, action))) return undefined;
  return deny(principal, action, "gate/tenant");
}

function outsideRole(principal: Principal, action: Action, object: ActionObject, now: number): Denial | undefined {
  const glass = principal.breakGlass && principal.breakGlass.until > now && breakGlassActions.has(action);
  if (!glass && !principal.roles.some((role) => mayRole(role, action))) return deny(principal, action, "gate/role");
  if (principal.scopes && !principal.scopes.has(action)) return deny(principal, action, "gate/scope");
  if (action === "store" && object.sopClassUid !== undefined && principal.sopClasses)
    if (!principal.sopClasses.has(object.sopClassUid)) return deny(principal, action, "gate/sop-class");
  return undefined;
}

/** What milder containments leave of it. */
function restricted(
  principal: Principal,
  action: Action,
  object: ActionObject,
  standing: Standing[],
  now: number,
): Decision {
  if (standing.length === 0) return permit;
  const effect = effectOf(action);
  const writes = effect === "write" || effect === "destroy";
  if (writes || effect === "manage") {
    const readOnly = active(standing, "read-only", now);
    if (readOnly) return explained(principal, action, "gate/read-only", readOnly);
  }
  if (effect === "destroy") {
    const frozen = active(standing, "freeze-deletes", now) ?? active(standing, "quarantine-writes", now);
    if (frozen) return explained(principal, action, "gate/frozen", frozen);
  }
  if (effect === "manage") {
    const held = active(standing, "quarantine-writes", now);
    if (held) return explained(principal, action, "gate/read-only", held);
  }
  if (effect === "write") {
    const held = active(standing, "quarantine-writes", now);
    // Only objects can be held back: other records would be acted on before anybody had looked at them.
    if (held && action !== "store") return explained(principal, action, "gate/read-only", held);
    if (held) return { effect: "quarantine", containment: held };
  }
  const limited = active(standing, "rate-limit", now);
  const watch = active(standing, "watch", now) !== undefined;
  // Of those who treat only reading is slowed down: records and results of a treatment are not.
  const isFree = limited && (isCare(principal, action, object) || (treats(principal) && effect !== "read"));
  if (!limited || isFree) return watch ? { effect: "permit", watch } : permit;
  const perMinute = limited.perMinute ?? defaultPerMinute;
  return { effect: "permit", watch, rate: { perMinute, containment: limited } };
}
