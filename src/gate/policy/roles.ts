/** What each role may do: the whole policy. What is not listed is denied. */
import type { Role } from "../principal.ts";
import type { Action } from "./actions.ts";

const own: Action[] = ["account.own"];
const imaging: Action[] = ["associate", "echo", "query", "retrieve"];

export const rolePolicy: Record<Role, readonly Action[]> = {
  therapist: [...own, ...imaging, "care.read", "care.record", "break-glass.use"],
  physicist: [
    ...own,
    ...imaging,
    "store",
    "commit",
    "delete",
    "restore",
    "care.read",
    "care.record",
    "recovery.read",
    "status",
    "break-glass.use",
  ],
  oncologist: [...own, ...imaging, "store", "commit", "care.read", "break-glass.use"],
  "security-analyst": [
    ...own,
    "status",
    "metrics",
    "audit.read",
    "alerts.read",
    "alerts.manage",
    "containment.read",
    "containment.manage",
    "peers.read",
    "users.read",
    "keys.read",
    "sessions.read",
    "sessions.manage",
    "tenants.read",
    "vendor-sessions.read",
    "break-glass.review",
    "approvals.read",
    "approvals.give",
    "recovery.read",
    "vendors.read",
  ],
  administrator: [
    ...own,
    "echo",
    "status",
    "metrics",
    "audit.read",
    "alerts.read",
    "containment.read",
    "peers.read",
    "peers.manage",
    "users.read",
    "users.manage",
    "keys.read",
    "keys.manage",
    "sessions.read",
    "sessions.manage",
    "tenants.read",
    "tenants.manage",
    "vendor-sessions.read",
    "vendor-sessions.manage",
    "approvals.read",
    "approvals.give",
    "recovery.read",
    "recovery.manage",
    "vendors.read",
    "vendors.manage",
    "encryption.read",
    "encryption.manage",
    "collect",
    "retention.read",
    "retention.manage",
    "erasure.read",
    "erasure.manage",
    "holds.read",
    "holds.manage",
  ],
  "tenant-administrator": [
    ...own,
    "echo",
    "status",
    "query",
    "delete",
    "restore",
    "audit.read",
    "alerts.read",
    "containment.read",
    "peers.read",
    "peers.manage",
    "users.read",
    "users.manage",
    "keys.read",
    "keys.manage",
    "sessions.read",
    "sessions.manage",
    "tenants.read",
    "vendor-sessions.read",
    "vendor-sessions.manage",
    "break-glass.review",
    "approvals.read",
    "approvals.give",
    "recovery.read",
    "vendors.read",
    "retention.read",
    "retention.manage",
    "erasure.read",
    "erasure.manage",
    "holds.read",
    "holds.manage",
  ],
  vendor: [...own, ...imaging, "store", "commit", "delete", "status", "metrics"],
  service: [...imaging, "store", "commit", "delete", "restore", "status", "metrics", "care.read", "alerts.read"],
  mirror: ["mirror"],
  modality: ["associate", "echo", "query", "store", "commit"],
  workstation: [...imaging, "store", "commit"],
  linac: [...imaging, "store", "commit", "care.read"],
};

/** Emergency access adds these, for care alone. */
export const breakGlassActions: ReadonlySet<Action> = new Set(["query", "retrieve", "care.read"]);

/** Roles that are not bound to their own tenant where the archive itself is run; never for patients' data. */
export const platformRoles: ReadonlySet<Role> = new Set(["administrator", "security-analyst"]);

const permitted = new Map(Object.entries(rolePolicy).map(([role, list]) => [role as Role, new Set<Action>(list)]));

export const mayRole = (role: Role, action: Action): boolean => permitted.get(role)?.has(action) ?? false;

/** Roles whose policy has the action. */
export function rolesFor(action: Action): Role[] {
  return [...permitted].filter(([, allowed]) => allowed.has(action)).map(([role]) => role);
}
