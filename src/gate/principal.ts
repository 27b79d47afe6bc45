/** Who asks. Every request has one principal before it touches anything. */

/** Of people, of vendors' accounts, and of programs. */
export const personRoles = [
  "therapist",
  "physicist",
  "oncologist",
  "security-analyst",
  "administrator",
  "tenant-administrator",
  "vendor",
  "service",
  /** Another Holdfast that follows this one; proves itself by a certificate. */
  "mirror",
] as const;

/** Of DICOM peers. */
export const deviceRoles = [
  /** Stores what it makes, asks for its commitment. */
  "modality",
  /** Planning systems, viewers, record and verify: query, retrieve and store. */
  "workstation",
  /** A treatment machine or its console: as a workstation. */
  "linac",
] as const;

export const roles = [...personRoles, ...deviceRoles] as const;
export type Role = (typeof roles)[number];
export type DeviceRole = (typeof deviceRoles)[number];

/** Those who treat patients; containment does not hide patients on treatment from them. */
export const clinicalRoles: ReadonlySet<Role> = new Set(["therapist", "physicist", "oncologist", "linac"]);

export const principalKinds = ["person", "device", "service", "vendor"] as const;
export type PrincipalKind = (typeof principalKinds)[number];

/** How the identity was proved. `local`: by being on this machine, while nobody else is known. */
export type AuthenticationMethod =
  | "local"
  | "address"
  | "certificate"
  | "password"
  | "passkey"
  | "oidc"
  | "api-key"
  | "none";

/** The clinic in an archive of one clinic; access events leave it out. */
export const defaultTenant = "default";

/** Tenants name files: lower case letters, digits and hyphens, at most 63. */
export const tenantPattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** An association as it presents itself. */
export interface Caller {
  aeTitle: string;
  address: string;
  certificate?: { fingerprint: string; subject: string };
  /** ms since 1970. */
  at: number;
}

export interface Principal {
  /** Stable and unique: `local`, `peer:CT1`, `user:anna`, `oidc:SUBJECT`, `key:ID`. What containment names. */
  id: string;
  kind: PrincipalKind;
  /** For people to read. */
  name: string;
  roles: readonly Role[];
  /** The clinic it acts in. Others do not exist for it. */
  tenant: string;
  /** Name in the vendor registry. */
  vendor?: string;
  /** A linac, its console, the record and verify system: care stops without it. */
  critical?: boolean;
  /** Where the request comes from, as in access events. */
  address?: string;
  method: AuthenticationMethod;
  /** When the identity was last proved, ms since 1970. */
  authenticatedAt: number;
  /** Narrower than its roles: only these actions (names of `actions`), when given. */
  scopes?: ReadonlySet<string>;
  /** Of a key: who was told its secret, by principal id, and when, ms since 1970. */
  secret?: { by: readonly string[]; at: number };
  /** A peer stores only these SOP classes, when given. */
  sopClasses?: ReadonlySet<string>;
  /** Of a registered peer: what it showed, and which state of the registry it was held against. */
  association?: { caller: Caller; revision: number };
  /** A vendor's open session; outside of one a vendor does nothing. */
  vendorSession?: { id: string; until: number; hosts: readonly string[]; tenants: readonly string[] };
  /** Wider rights for care, for a while. */
  breakGlass?: { id: string; until: number };
}

export const isClinical = (principal: Pick<Principal, "roles">): boolean =>
  principal.roles.some((role) => clinicalRoles.has(role));
