/** Everybody the gate knows, as response needs them, and who is behind an access event. */
import { type AccessEvent, isStranger } from "../core/index.ts";
import {
  AddressSet,
  defaultTenant,
  type Gate,
  type PrincipalKind,
  type Role,
  roles,
  treats,
  type VendorSession,
} from "../gate/index.ts";
import type { Subject } from "./finding.ts";
import type { Affected, Circumstances } from "./safeguards/index.ts";

type Known = Pick<Gate, "peers" | "users" | "keys">;
type Clinic = Known & Pick<Gate, "onTreatment">;

/** A linac is a path to itself; without better knowledge nothing replaces it. */
export function clinicOf(gate: Clinic): Pick<Circumstances, "principals" | "paths" | "knowsPatientsOnTreatment"> {
  const peers = gate.peers.all().map(
    ({ aeTitle, role, tenant, vendor, critical, addresses }): Affected => ({
      id: `peer:${aeTitle}`,
      roles: [role],
      tenant,
      ...(vendor === undefined ? {} : { vendor }),
      ...(critical ? { critical } : {}),
      ...(addresses ? { addresses: new AddressSet(addresses) } : {}),
    }),
  );
  const users = gate.users.all().map(
    ({ name, roles: own, tenant, vendor }): Affected => ({
      id: `user:${name}`,
      roles: own,
      tenant,
      ...(vendor === undefined ? {} : { vendor }),
    }),
  );
  const keys = gate.keys.all().map(
    ({ id, role, tenant, vendor }): Affected => ({
      id: `key:${id}`,
      roles: [role],
      tenant,
      ...(vendor === undefined ? {} : { vendor }),
    }),
  );
  const linacs = peers.filter((peer) => peer.roles.includes("linac") || peer.critical);
  const principals = [...peers, ...users, ...keys];
  return {
    principals,
    paths: linacs.map(({ id }) => ({ linac: id, through: [id] })),
    knowsPatientsOnTreatment: principals.every((one) => !treats(one) || gate.onTreatment.knows(one.tenant)),
  };
}

/** Undefined for what the archive does by itself. */
export function subjectOf(event: AccessEvent, gate: Known): Subject | undefined {
  if (event.protocol === "internal") return undefined;
  const { actor, src_endpoint, tenant = defaultTenant } = event;
  const host = src_endpoint.ip;
  // A user identity on an association is only claimed: nobody else may be contained for it.
  const person = event.protocol === "dimse" ? undefined : actor.user;
  const found = isStranger(actor)
    ? nobody
    : person
      ? personOf(person.name, person.role, gate)
      : deviceOf(src_endpoint.ae_title, gate);
  const vendor = found.vendor ?? actor.vendor;
  return {
    tenant,
    ...found,
    ...(vendor === undefined ? {} : { vendor }),
    ...(host === undefined ? {} : { host }),
  };
}

/** Of a person, vendor's account or key by its principal id. */
export const subjectOfAccount = (id: string, tenant: string, gate: Known): Subject => ({
  tenant,
  ...personOf(id, undefined, gate),
});

/** Whether the gate would let it in now: it is registered, not expired, and a vendor has an open session. */
export function canAct(
  { principal, vendor }: Subject,
  gate: Pick<Gate, "peers" | "users" | "keys" | "grants" | "now">,
) {
  const name = principal.slice(principal.indexOf(":") + 1);
  const now = gate.now();
  if (principal.startsWith("peer:") && gate.peers.all().length > 0 && !gate.peers.get(name)) return false;
  if (principal.startsWith("key:") && !((gate.keys.get(name)?.expiresAt ?? 0) > now)) return false;
  if (principal.startsWith("user:") && (gate.users.get(name)?.disabled ?? true)) return false;
  const isOpen = ({ principals, until, closedAt }: VendorSession) =>
    principals.includes(principal) && until > now && closedAt === undefined;
  return vendor === undefined || gate.grants.vendorSessions.all().some(([, session]) => isOpen(session));
}

function personOf(id: string, role: string | undefined, gate: Known): Omit<Subject, "tenant"> {
  const user = id.startsWith("user:") ? gate.users.get(id.slice(5)) : undefined;
  const key = id.startsWith("key:") ? gate.keys.get(id.slice(4)) : undefined;
  const stated = roles.find((one) => one === role);
  const own: readonly Role[] = user?.roles ?? (key ? [key.role] : stated ? [stated] : []);
  const vendor = user?.vendor ?? key?.vendor;
  const kind: PrincipalKind = vendor !== undefined || own.includes("vendor") ? "vendor" : key ? "service" : "person";
  return { principal: id, kind, roles: own, ...(vendor === undefined ? {} : { vendor }) };
}

/** Whoever proved nothing: the gate permits it nothing anyway, and nobody else may be contained for it. */
const nobody: Omit<Subject, "tenant"> & { tenant?: string } = { principal: "nobody", kind: "person", roles: [] };

function deviceOf(aeTitle: string | undefined, gate: Known): Omit<Subject, "tenant"> & { tenant?: string } {
  if (aeTitle === undefined) return nobody;
  const peer = gate.peers.get(aeTitle);
  const principal = `peer:${aeTitle}`;
  if (!peer) return { principal, kind: "device", roles: ["workstation"] };
  const { role, tenant, vendor, critical } = peer;
  return {
    principal,
    kind: "device",
    roles: [role],
    tenant,
    ...(vendor === undefined ? {} : { vendor }),
    ...(critical ? { critical } : {}),
  };
}
