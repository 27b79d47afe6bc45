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
export {
  type ActionObject,
  type Decision,
  type DecisionState,
  type Denial,
  decide,
  type Permit,
  type Quarantine,
} from "./decide.ts";
export { shortMessage } from "./denial.ts";
export * from "./policy/index.ts";
export {
  type AuthenticationMethod,
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
