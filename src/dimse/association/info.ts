import type { UserIdentity } from "../pdu/index.ts";

/** A presentation context that both sides agreed on. */
export interface AcceptedContext {
  id: number;
  abstractSyntax: string;
  transferSyntax: string;
  /** Roles of the association requestor on this context (PS3.7 D.3.3.4). */
  requestorScu: boolean;
  requestorScp: boolean;
}

export interface PeerCertificate {
  /** SHA-256 of the certificate, hex in lower case. */
  fingerprint: string;
  subject: string;
}

/** The other end of the transport connection. */
export interface Peer {
  address: string;
  port: number;
  tls?: { protocol: string; cipher: string; certificate?: PeerCertificate };
}

/** What is known of one association, from its establishment on. */
export interface AssociationInfo {
  id: string;
  /** Whether this side asked for it. */
  requestor: boolean;
  callingAeTitle: string;
  calledAeTitle: string;
  peer: Peer;
  local: { address: string; port: number };
  /** ms since 1970. */
  openedAt: number;
  contexts: ReadonlyMap<number, AcceptedContext>;
  userIdentity?: UserIdentity;
  implementationClassUid: string;
  implementationVersionName?: string;
  /** Largest P-DATA-TF body the peer takes; 0 is no limit. */
  maximumLength: number;
  /** What the acceptor's policy attached, e.g. the principal. */
  principal?: unknown;
}

export interface Timeouts {
  /** Association Request/Reject/Release Timer, ms. */
  artim: number;
  /** Nothing under way: close after this, ms. */
  idle: number;
  /** A message or an answer under way: abort when the peer makes no progress for this long, ms. */
  dimse: number;
}

export interface MessageLimits {
  /** Bytes of a command set. */
  command: number;
  /** Bytes of an identifier, or of the data set of an N-service. */
  identifier: number;
}

export const defaultTimeouts: Timeouts = { artim: 15_000, idle: 120_000, dimse: 60_000 };
export const defaultMessageLimits: MessageLimits = { command: 64 * 1024, identifier: 4 * 1024 * 1024 };

/** How an association ended. */
export type Ending =
  | { kind: "released" }
  /** `by`: who aborted; `reason` as in PS3.8 Table 9-26. */
  | { kind: "aborted"; by: "peer" | "us"; source: number; reason: number }
  | { kind: "lost" };
