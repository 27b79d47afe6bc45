/** Everything that can be done, and what each amounts to. A route or service names one of these or does not exist. */

export type Effect =
  /** Tells nothing about patients and changes nothing. */
  | "none"
  /** Reads patients' data. */
  | "read"
  /** Stores objects: may be held back. */
  | "write"
  /** Hides or changes what is stored. */
  | "destroy"
  /** Reads what the archive is run by. */
  | "look"
  /** Changes what the archive is run by. */
  | "manage";

/**
 * `everywhere`: about the archive as a whole, for those who run it and for the default tenant; the rest acts in the tenant
 * of its principal.
 */
interface ActionFacts {
  effect: Effect;
  everywhere?: true;
  what: string;
}

export const actions = {
  associate: { effect: "none", what: "open a DICOM association" },
  echo: { effect: "none", what: "verify the connection" },
  query: { effect: "read", what: "search for patients' objects" },
  retrieve: { effect: "read", what: "read stored objects" },
  store: { effect: "write", what: "store objects" },
  commit: { effect: "none", what: "ask for storage commitment" },
  delete: { effect: "destroy", what: "delete stored objects" },
  restore: { effect: "destroy", what: "lift deletions" },
  status: { effect: "look", what: "see the state of the archive" },
  metrics: { effect: "look", everywhere: true, what: "read the metrics" },
  "account.own": { effect: "none", what: "manage one's own login" },
  "peers.read": { effect: "look", what: "see the DICOM peers" },
  "peers.manage": { effect: "manage", what: "change the DICOM peers" },
  "users.read": { effect: "look", what: "see the accounts" },
  "users.manage": { effect: "manage", what: "change accounts" },
  "keys.read": { effect: "look", what: "see the API keys" },
  "keys.manage": { effect: "manage", what: "make and remove API keys" },
  "sessions.read": { effect: "look", what: "see who is logged in" },
  "sessions.manage": { effect: "manage", what: "end logins" },
  "tenants.read": { effect: "look", what: "see the tenants" },
  "tenants.manage": { effect: "manage", everywhere: true, what: "add and close tenants" },
  "encryption.read": { effect: "look", everywhere: true, what: "see which keys are wrapped by which" },
  "encryption.manage": { effect: "manage", everywhere: true, what: "exchange the clinics' and the root key" },
  "retention.read": { effect: "look", what: "see how long deletions are kept" },
  "retention.manage": { effect: "manage", what: "change how long deletions are kept" },
  collect: {
    effect: "destroy",
    everywhere: true,
    what: "give back the storage of what was deleted and kept long enough",
  },
  "erasure.read": { effect: "look", what: "see the orders to erase patients" },
  "erasure.manage": { effect: "destroy", what: "order, confirm and take back that a patient is erased" },
  "holds.read": { effect: "look", what: "see the legal holds" },
  "holds.manage": { effect: "manage", what: "set and lift legal holds" },
  "vendor-sessions.read": { effect: "look", what: "see the vendors' sessions" },
  "vendor-sessions.manage": { effect: "manage", what: "open and close vendors' sessions" },
  "break-glass.use": { effect: "none", what: "take emergency access for care" },
  "break-glass.review": { effect: "manage", what: "review emergency access" },
  "approvals.read": { effect: "look", what: "see what waits for a second person" },
  "approvals.give": { effect: "manage", what: "approve as the second person" },
  "alerts.read": { effect: "look", what: "see the alerts" },
  "alerts.manage": { effect: "manage", what: "work on alerts" },
  "containment.read": { effect: "look", what: "see who is contained" },
  "containment.manage": { effect: "manage", what: "contain and release" },
  "audit.read": { effect: "look", what: "read the audit trail" },
  "care.read": { effect: "read", what: "see who is treated today" },
  "care.record": { effect: "write", what: "record treatments" },
  "recovery.read": { effect: "look", what: "see what was damaged" },
  "recovery.manage": { effect: "destroy", what: "restore what was damaged" },
  mirror: { effect: "read", everywhere: true, what: "copy the whole archive, all tenants" },
  "vendors.read": { effect: "look", what: "see the vendor registry" },
  "vendors.manage": { effect: "manage", what: "change the vendor registry" },
} as const satisfies Record<string, ActionFacts>;

export type Action = keyof typeof actions;

export const actionNames = Object.keys(actions) as Action[];

export const effectOf = (action: Action): Effect => actions[action].effect;

export const isEverywhere = (action: Action): boolean => "everywhere" in actions[action];
