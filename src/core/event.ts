/**
 * The access event: one per access, permitted or refused. It is what the journal records, what the behaviour
 * engine reads, and the contract of `holdfast analyze --format events` (one JSON object a line).
 *
 * Nouns follow OCSF 1.x (actor, src_endpoint, dst_endpoint, resources, traffic, status, metadata.uid), values
 * follow DICOM (PS3.3 attribute meanings, PS3.7 operation names). Fields that are not known are absent, never empty.
 */
export interface AccessEvent {
  /** RFC 3339 UTC with milliseconds: when the operation began. */
  time: string;
  /** What was done, independent of the protocol. */
  activity: Activity;
  /** How it ended. `denied`: refused by policy or limits; `failure`: tried and failed; `partial`: some sub-operations failed. */
  status: "success" | "partial" | "failure" | "denied";
  /** DIMSE status as four hex digits (`A700`), A-ASSOCIATE-RJ as `result/source/reason`, or the HTTP status. */
  status_code?: string;
  /** Stable Holdfast error code (see core/errors.ts), e.g. `object/truncated`. Never holds patient data. */
  status_detail?: string;
  /** How it came in. */
  protocol: Protocol;
  /** The operation in the protocol's own words: `C-STORE`, `QIDO-RS`, `WADO-RS`, `A-ASSOCIATE`, `import`, … */
  operation: string;
  actor: Actor;
  src_endpoint: Endpoint;
  dst_endpoint?: Endpoint;
  /** The clinic whose data is touched. Absent in a single-clinic archive. */
  tenant?: string;
  /** What was touched; one entry per addressed object (a whole study is one entry at level `study`). */
  resources?: Resource[];
  /** Present for queries: level and matching keys as asked, keyed by DICOM keyword. */
  query?: { level: Level; keys: Record<string, string> };
  /** RFC 3339: what was read is the archive as it was then. Absent: the present. */
  as_of?: string;
  count?: EventCount;
  traffic?: { bytes_in?: number; bytes_out?: number };
  /** Milliseconds from `time` to the end of the operation. */
  duration?: number;
  /** Facts about the bytes of a stored object; input to the content detectors. */
  content?: Content;
  /** What a stored RT Plan prescribes or a treatment record tells; input to the treatment-integrity detector. */
  treatment?: Treatment;
  /**
   * Stable codes of what is remarkable in the request beyond its operation, where a log tells: `encryption/customer-key`,
   * `encryption/foreign-key`, `versioning/suspended`, `version/destroyed`, `retention/bypassed`, `lifecycle/short`.
   */
  marks?: string[];
  metadata?: { uid?: string; correlation_uid?: string; product?: string };
}

export const activities = [
  "associate", // association or connection opened (or refused)
  "release", // association closed, with its totals
  "echo",
  "login",
  "logout",
  "query",
  "read", // retrieve, render, metadata
  "create", // a SOP Instance UID not seen before
  "update", // same SOP Instance UID, other bytes: a new version
  "duplicate", // the same bytes again: nothing changed
  "delete",
  "restore", // a tombstone lifted
  "export",
  "import", // a whole import run
  "commit", // storage commitment
  "admin", // configuration, peers, users, keys
  "start", // the archive itself started or stopped
  "stop",
] as const;
export type Activity = (typeof activities)[number];

export type Protocol = "dimse" | "dicomweb" | "api" | "cli" | "internal" | (string & {});
export type Level = "patient" | "study" | "series" | "instance";

export interface Actor {
  /** The person or account that was proved: local user, OIDC subject, API key; {@link stranger} when nobody was. */
  user?: { name: string; type?: "person" | "service" | "vendor" | "unknown"; role?: string };
  /** The user identity that a DICOM association states (PS3.7 D.3.3.7): a claim that nothing has checked. */
  claimed_user?: string;
  /** The calling application: the DICOM AE title or the client's user agent. */
  app?: string;
  /** Association or login session. */
  session?: string;
  /** Name in the vendor registry, when the account belongs to one. */
  vendor?: string;
}

/**
 * Whoever proved no identity: a request without a valid login, an association that was refused because its AE title is
 * not known or not its own. What such a one calls itself is kept as `app`, and is nobody's identity.
 */
export const stranger = Object.freeze({ name: "nobody", type: "unknown" } as const);

export const isStranger = ({ user }: Actor): boolean => user?.name === stranger.name && user.type === stranger.type;

export interface Endpoint {
  ip?: string;
  port?: number;
  hostname?: string;
  ae_title?: string;
  /** SHA-256 of the client certificate (hex) and its subject, when TLS authenticated the peer. */
  certificate?: { fingerprint: string; subject: string };
  tls?: string;
}

export interface Resource {
  level: Level;
  patient_id?: string;
  study_uid?: string;
  series_uid?: string;
  sop_instance_uid?: string;
  sop_class_uid?: string;
  modality?: string;
  version?: number;
}

export interface EventCount {
  /** Objects touched (stored, read, deleted) or matches returned. */
  objects?: number;
  failed?: number;
  patients?: number;
  studies?: number;
  /** PDUs or requests in a closed session. */
  operations?: number;
}

export interface Content {
  size: number;
  /** SHA-256 of the data set bytes, hex. */
  digest: string;
  transfer_syntax?: string;
  /**
   * Digest of the frames in Pixel Data (without item headers and offset table), 64 hex digits: equal for equal pixels in
   * equal coding, so it tells a re-tagging from a changed image. It is keyed, and thus comparable within one archive only.
   */
  pixel_digest?: string;
  /** χ² of byte values against uniform (255 degrees of freedom): the lowest and highest over the sampled windows. */
  chi2_min?: number;
  chi2_max?: number;
  /** `zero`, `tiff`, `executable` or `other`. */
  preamble?: string;
  /** Stable codes of what is irregular in the data set, e.g. `pixel/length`; listed in docs/integrators.md. */
  irregular?: string[];
}

/**
 * What a stored RT Plan (PS3.3 C.8.8.9 to C.8.8.14) or RT Beams Treatment Record (C.8.8.17 to C.8.8.21) says about
 * delivery: numbers and digests, never free text. At most 64 beams and 16 fraction groups; more are left out.
 */
export interface Treatment {
  kind: "plan" | "record";
  /** A plan's own SOP Instance UID; of a record the plan that it references (300C,0002), absent when it names none. */
  plan_uid?: string;
  /** Plan: SHA-256 (hex) of RT Plan Label (300A,0002): tells which plans go by one name. */
  label?: string;
  /** Plan: those it comes from, Referenced RT Plan Sequence (300C,0002) of relationship PRIOR or PREDECESSOR; SOP Instance UIDs. */
  refers_to?: string[];
  /** Approval Status (300E,0002): `APPROVED`, `UNAPPROVED` or `REJECTED`. */
  approval?: string;
  /** Review Date and Time (300E,0004), (300E,0005), as stored: `20261125 081500`. */
  approved_at?: string;
  /** SHA-256 (hex) of Reviewer Name (300E,0008): tells another approver without naming one. */
  approved_by?: string;
  /** Plan: Fraction Group Sequence (300A,0070). Number of Fractions Planned (300A,0078); Beam Meterset (300A,0086) by beam number, MU. */
  fraction_groups?: { number: number; fractions?: number; metersets?: Record<string, number> }[];
  /** Plan: Beam Sequence (300A,00B0). `geometry` is a SHA-256 (hex) over the beam without its meterset and text. */
  beams?: { number: number; geometry: string; energy?: number; machine?: string }[];
  /** Record: Current Fraction Number (3008,0022). */
  fraction?: number;
  /** Record: Referenced Fraction Group Number (300C,0022). */
  fraction_group?: number;
  /** Record: Treatment Session Beam Sequence (3008,0020), MU. */
  delivered?: { beam: number; specified?: number; delivered?: number; type?: string }[];
}
