/** What a line says before it is written; the writers in this folder make each system's own format of it. */
import type { AccessEvent } from "../../../src/core/index.ts";

export type LogBody =
  | { source: "archive"; event: AccessEvent }
  | ({ source: "ois" } & AuditMessage)
  | ({ source: "cloud" } & CloudCall)
  | ({ source: "ehr" } & ChartAccess);

export const sources = ["archive", "ois", "cloud", "ehr"] as const;
export type Source = (typeof sources)[number];

/** A DICOM audit message of the oncology information or planning system. */
export interface AuditMessage {
  time: number;
  host: string;
  application: string;
  /** Code of DCM, for example 110110 Patient Record. */
  event: readonly [code: string, meaning: string];
  type?: readonly [code: string, meaning: string];
  action: "C" | "R" | "U" | "D" | "E";
  outcome: 0 | 4 | 8 | 12;
  user: string;
  aeTitle?: string;
  address: string;
  patientId?: string;
  studyUid?: string;
}

/** An API call in the cloud account of the vendor. */
export interface CloudCall {
  time: number;
  service: string;
  name: string;
  readOnly: boolean;
  identity: CloudIdentity;
  address: string;
  agent: string;
  bucket?: string;
  key?: string;
  parameters?: Record<string, unknown>;
  bytesIn?: number;
  bytesOut?: number;
  error?: string;
  id: string;
}

export interface CloudIdentity {
  kind: "AssumedRole" | "IAMUser" | "AWSService";
  /** The user's name, or the role's. */
  name: string;
  /** Of a role: who wears it. */
  session?: string;
  accessKey: string;
}

/** An access in the electronic health record. */
export interface ChartAccess {
  time: number;
  id: string;
  user: string;
  role: string;
  address: string;
  action: "C" | "R" | "U" | "E";
  subtype: "read" | "search-type" | "create" | "update" | "login" | "logout";
  outcome: "0" | "4" | "8";
  references: readonly string[];
}
