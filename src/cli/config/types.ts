/** The configuration after defaults, file, environment and command line have been put together and judged. */

import type { Role } from "../../gate/index.ts";

import type { MirrorConfig } from "./mirror.ts";
import type { RouteConfig } from "./routes.ts";
import type { WitnessConfig, WitnessingConfig } from "./witnesses.ts";

/** Certificates of one listener or peer, PEM files. Paths are absolute once loaded. */
export interface TlsConfig {
  cert: string;
  key: string;
  /** Authorities that client certificates must come from. */
  ca?: string;
  clientCertificates: "required" | "optional" | "none";
}

export interface PeerConfig {
  aeTitle: string;
  host: string;
  port: number;
  /** Speak TLS to this peer; `ca` defaults to the system's authorities. */
  tls?: { ca?: string; cert?: string; key?: string };
}

export interface ViewConfig {
  aeTitle: string;
  /** RFC 3339, or so many minutes, hours or days ago: `24h`. */
  asOf: string;
}

export interface OidcConfig {
  /** Absent: no identity provider. */
  issuer?: string;
  clientId?: string;
  clientSecretFile?: string;
  scope: string;
  claim: string;
  roles: { value: string; role: Role; tenant?: string }[];
}

export interface ReplicaConfig {
  /** `s3://BUCKET/PREFIX`, or an absolute path. */
  to: string;
  endpoint?: string;
  region?: string;
  credentialsFile?: string;
  retentionDays: number;
  megabytesPerSecond: number;
  alarmMinutes: number;
}

export interface LimitsConfig {
  associations: number;
  associationsPerPeer: number;
  pduLength: number;
  artimSeconds: number;
  idleSeconds: number;
  dimseSeconds: number;
  objectBytes: number;
}

export interface Config {
  data: string;
  host: string;
  dicomPort: number;
  httpPort: number;
  aeTitle: string;
  /** Absent: named after the archive in the user's configuration folder (see archive/keys.ts). */
  keyFile?: string;
  tls: { dicom?: TlsConfig; http?: TlsConfig };
  peers: PeerConfig[];
  views: ViewConfig[];
  /** Absent: no identity provider. */
  oidc?: OidcConfig;
  response: { policy?: string; routes: RouteConfig[] };
  replicas: ReplicaConfig[];
  witnesses: WitnessConfig[];
  witness: WitnessingConfig;
  mirror: MirrorConfig;
  limits: LimitsConfig;
  /** The engine that watches the archive itself; `alertsPerWeek` is its budget of false alerts, `canaries` are SHA-256. */
  behaviour: { live: boolean; alertsPerWeek: number; canaries: string[] };
  /** Private SOP classes stored beside the standard's, or every one. */
  acceptUnknownSopClasses: string[] | "all";
  compression: "auto" | "always" | "off";
  retentionDays: number;
  erasureDelayDays: number;
  publicUrl?: string;
  logLevel: LogLevel;
  insecureNetwork: boolean;
}

export const logLevels = ["fatal", "error", "warn", "info", "debug", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];
