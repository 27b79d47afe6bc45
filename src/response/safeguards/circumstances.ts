/** What the safeguards must know of the clinic at the moment of a decision. */
import type { Principal, TargetKind } from "../../gate/index.ts";

/** Of a principal, as far as a safeguard depends on it. */
export interface Affected extends Pick<Principal, "id" | "roles" | "critical" | "tenant" | "vendor"> {
  /** Where it calls from. */
  addresses?: { has(address: string): boolean };
}

/** Principals through which plans reach a linac and records come back; any one of them suffices. */
export interface LinacPath {
  linac: string;
  through: readonly string[];
}

export interface Circumstances {
  /** Everybody known. Those not listed are no peers or accounts of this archive. */
  principals: readonly Affected[];
  /** Principals with a treatment session in progress. */
  treating: ReadonlySet<string>;
  paths: readonly LinacPath[];
  /** Principals that something standing keeps from working as a path already. */
  blocked: ReadonlySet<string>;
  /** The gate knows which patients are on treatment, and lets those who treat them read on. */
  knowsPatientsOnTreatment: boolean;
}

/** Whom a containment on this target reaches. */
export function reached(kind: TargetKind, id: string, principals: readonly Affected[]): Affected[] {
  if (kind === "host") return principals.filter(({ addresses }) => addresses?.has(id));
  const field = { principal: "id", vendor: "vendor", tenant: "tenant" } as const;
  return principals.filter((each) => each[field[kind]] === id);
}
