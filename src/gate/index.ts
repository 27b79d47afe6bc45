export { AddressSet, isLoopbackAddress, plainAddress } from "./addresses.ts";
export {
  type Containment,
  type ContainmentAction,
  type ContainmentLookup,
  ContainmentState,
  type ContainmentTarget,
  containmentActions,
  defaultPerMinute,
  isActive,
  type Standing,
  type TargetKind,
  targetKinds,
} from "./containment.ts";
export { type ActionObject, type DecisionState, decide, treats } from "./decide.ts";
export type { Decision, Denial, Permit, Quarantine } from "./decision.ts";
export { shortMessage } from "./denial.ts";
export { Denied, Gate, type GateOptions, local, type Shown } from "./gate.ts";
export type { Approval, BreakGlass, Grants, VendorSession } from "./grants.ts";
export type { KeyFacts, NewKey } from "./keys.ts";
export { OidcLogin, type OidcOptions } from "./oidc.ts";
export type { Site } from "./passkeys.ts";
export type { PeerRecord, Strangers } from "./peers.ts";
export * from "./policy/index.ts";
export {
  type AuthenticationMethod,
  type Caller,
  clinicalRoles,
  type DeviceRole,
  defaultTenant,
  deviceRoles,
  isClinical,
  type Principal,
  type PrincipalKind,
  personRoles,
  principalKinds,
  type Role,
  roles,
  tenantPattern,
} from "./principal.ts";
export { actorOf, adminEvent, type Change, Registry, type SettingsPort, type Write } from "./registry.ts";
export { base32, totpCode, totpStep } from "./secrets/totp.ts";
export { type Session, sameText } from "./sessions.ts";
export type { TenantRecord } from "./tenants.ts";
export { PatientsOnTreatment, type TreatmentSigns } from "./treatment.ts";
export type { UserFacts } from "./users.ts";
