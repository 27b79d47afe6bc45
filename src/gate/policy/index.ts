export { type Action, actionNames, actions, type Effect, effectOf, isEverywhere } from "./actions.ts";
export { breakGlassActions, mayRole, platformRoles, rolePolicy, rolesFor } from "./roles.ts";
