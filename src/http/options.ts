import type { TlsOptions } from "node:tls";
import type { Registry } from "prom-client";
import type { Archive, OpenArchive } from "../archive/index.ts";
import type { DimseFigures } from "../archive/scp/index.ts";
import type { Clock, ErrorCode } from "../core/index.ts";
import type { Action, Gate } from "../gate/index.ts";
import type { Responder, ResponseFigures } from "../response/index.ts";
import type { BehaviourFeed } from "../response/live/index.ts";
import type { Witness } from "../vault/witness/index.ts";

/** Bounds on what one client, or all of them together, may ask of the HTTP side. Sizes in bytes, times in milliseconds. */
export interface HttpLimits {
  /** Request line and header fields together. */
  headerBytes: number;
  /** A whole STOW request. */
  bodyBytes: number;
  /** Instances in one STOW request. */
  parts: number;
  /** Header fields of one part. */
  partHeaderBytes: number;
  /** Requests in progress; beyond it 503 with Retry-After. */
  concurrentRequests: number;
  connections: number;
  /** For all header fields to arrive. */
  headersTimeout: number;
  /** Without any byte either way on a busy connection. */
  idleTimeout: number;
  keepAliveTimeout: number;
  /** A body that arrives slower than this many bytes a second, past the first `idleTimeout`, is given up. */
  minimumRate: number;
  /** Matches in one QIDO response, when asked for and when not. */
  results: number;
  defaultResults: number;
  /** Cached metadata, all together. */
  metadataCacheBytes: number;
  /** The part of an object before its Pixel Data that metadata will read. */
  headerObjectBytes: number;
  /** One object that is decoded or re-encoded in memory. */
  transcodeBytes: number;
  /** Rows × columns × samples of one frame that is decoded. */
  framePixels: number;
  /** Longest side of a rendered image. */
  renderedSide: number;
  /** Wall clock of one decoding or rendering. */
  renderTimeout: number;
  /** JavaScript heap of the rendering worker, MiB. */
  renderHeapMiB: number;
  /** Renderings that may wait. */
  renderQueue: number;
}

export const defaultHttpLimits: HttpLimits = {
  headerBytes: 16 * 1024,
  bodyBytes: 16 * 1024 ** 3,
  parts: 100_000,
  partHeaderBytes: 8 * 1024,
  concurrentRequests: 256,
  connections: 1024,
  headersTimeout: 10_000,
  idleTimeout: 30_000,
  keepAliveTimeout: 15_000,
  minimumRate: 1024,
  results: 5000,
  defaultResults: 1000,
  metadataCacheBytes: 16 * 1024 * 1024,
  headerObjectBytes: 64 * 1024 * 1024,
  transcodeBytes: 256 * 1024 * 1024,
  framePixels: 64 * 1024 * 1024,
  renderedSide: 8192,
  renderTimeout: 20_000,
  renderHeapMiB: 256,
  renderQueue: 64,
};

/** One present DICOM association. */
export interface ConnectedPeer {
  callingAeTitle: string;
  /** Absent: the default one. */
  tenant?: string;
  address: string;
  tls: boolean;
  /** ms since 1970. */
  since: number;
  operations: number;
  bytesIn: number;
  bytesOut: number;
}

/** How far a replica is. */
export interface ReplicaStatus {
  place: string;
  /** Journal entries that can be restored, and when the last of them was written, ms since 1970. */
  entries: number;
  recoveryPoint?: number;
  /** Rounds that failed since one went through. */
  failures: number;
  code?: ErrorCode;
  /** Seconds since it was known to hold everything; since the start when it was not yet. */
  lagSeconds: number;
  /** It has been behind for longer than configured, or its lock does not hold. */
  alarm: boolean;
  /** What the lock did not prevent; empty when it holds. Absent: not probed. */
  lockBroken?: string[];
}

/** How far a witness of this archive's checkpoints is. */
export interface WitnessStatus {
  name: string;
  /** Journal entries that it has cosigned, and when, ms since 1970. */
  entries: number;
  time?: number;
  /** Attempts that failed since one went through. */
  failures: number;
  code?: ErrorCode;
  /** It refused, or has been silent for long. */
  alarm: boolean;
}

/** How far a mirror is behind its origin. Times in ms since 1970. */
export interface MirrorStatus {
  from: string;
  /** Journal entries that it holds, and the time of the last. */
  entries: number;
  time?: number;
  /** Entries that the origin is known to have beyond these. */
  behind: number;
  /** Seconds since it was known to hold everything; since its last entry when that was before the start. */
  lagSeconds: number;
  bytes: number;
  failures: number;
  code?: ErrorCode;
  /** The origin contradicts what it signed before, or sends what it did not sign. */
  alarm: boolean;
}

/** How far a restore is that goes on while the archive is served. */
export interface RestoreStatus {
  from: string;
  /** Bytes of objects that are here, of so many. */
  bytes: number;
  of: number;
  done: boolean;
  /** Attempts that failed since a piece came. */
  failures: number;
  code?: ErrorCode;
  /** Journal entries that are catalogued, of so many: until all are, only the patients with the newest plans are read. */
  cataloguing?: { entries: number; of: number };
}

/** What `/api/v1/status` says about the process beside the archive's own figures. */
export interface ServerStatus {
  version: string;
  startedAt: number;
  dicom?: { host: string; port: number; aeTitle: string; tls: boolean; peers: ConnectedPeer[] };
  http?: { host: string; port: number; tls: boolean };
  replicas?: ReplicaStatus[];
  witnesses?: WitnessStatus[];
  /** A restore into this archive is under way, or was since the start. */
  restore?: RestoreStatus;
  /** This server shows a copy of another archive. */
  mirror?: MirrorStatus;
}

/** The little of a logger that the HTTP side needs; a pino logger fits. */
export interface Log {
  error(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface HttpOptions {
  archive: Archive;
  /** The whole record, for damage and undo; without, they are not served. */
  recovery?: OpenArchive;
  /** Decides on every request. */
  gate: Gate;
  /** Alerts and containment; absent: neither has routes. */
  response?: Responder;
  responseFigures?: ResponseFigures;
  /** Of the DICOM side; absent: not in the metrics. */
  dimseFigures?: DimseFigures;
  log: Log;
  status(): ServerStatus;
  /** The folder whose files mirrors may read; absent: they have no routes. */
  mirrored?: string;
  /** This server as a witness for other archives; absent: it is none. */
  witness?: Witness;
  /** The engine that watches this archive; absent: none does. */
  behaviour?: BehaviourFeed;
  clock?: Clock;
  /** Public address (`https://pacs.example`), for Retrieve URLs; absent: taken from each request's Host. */
  baseUrl?: string;
  /** Host names a client may use besides IP addresses, `localhost` and that of `baseUrl`. */
  hosts?: string[];
  limits?: Partial<HttpLimits>;
  /** Serve HTTPS with these. */
  tls?: TlsOptions;
  /** Metrics go here; a registry of its own when absent. */
  registry?: Registry;
  /** Told of every route and the action of the policy that it is. */
  onRoute?(route: { method: string; url: string; may: Action | "public" }): void;
  /** Names a request in the log, in its answer and in what it does; random unless given. Never the same twice. */
  newId?(): string;
  /** Makes multipart boundaries; random unless a test says otherwise. */
  boundary?(): string;
}
