/** What of response a principal may know of: its own clinic's, or everything for those who run the archive. */
import { type Principal, platformRoles } from "../../gate/index.ts";
import type { Alert, ContainmentRecord, Happening } from "../../response/index.ts";

const seesAll = ({ roles }: Principal): boolean => roles.some((role) => platformRoles.has(role));

export const maySeeAlert = (principal: Principal, { subject }: Alert): boolean =>
  seesAll(principal) || subject.tenant === principal.tenant;

export function maySeeContainment(principal: Principal, { tenant, target }: ContainmentRecord): boolean {
  if (seesAll(principal)) return true;
  return target.kind === "tenant" ? target.id === principal.tenant : tenant === principal.tenant;
}

export const maySee = (principal: Principal, happening: Happening): boolean =>
  happening.type === "alert"
    ? maySeeAlert(principal, happening.alert)
    : maySeeContainment(principal, happening.containment);
