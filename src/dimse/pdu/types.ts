/** The protocol data units of PS3.8 section 9.3 as values. UIDs and AE titles are trimmed of their padding. */

/** Accepted (0) or why not: PS3.8 Table 9-18. */
export const contextResults = {
  acceptance: 0,
  userRejection: 1,
  noReason: 2,
  abstractSyntaxNotSupported: 3,
  transferSyntaxesNotSupported: 4,
} as const;

export interface ProposedContext {
  /** Odd, 1 to 255. */
  id: number;
  abstractSyntax: string;
  transferSyntaxes: string[];
}

export interface ContextResult {
  id: number;
  /** One of {@link contextResults}. */
  result: number;
  transferSyntax: string;
}

/** SCP/SCU Role Selection, PS3.7 D.3.3.4; the roles are those of the association requestor. */
export interface RoleSelection {
  sopClassUid: string;
  scu: boolean;
  scp: boolean;
}

/** SOP Class Extended Negotiation, PS3.7 D.3.3.5. */
export interface ExtendedNegotiation {
  sopClassUid: string;
  information: Uint8Array;
}

/** SOP Class Common Extended Negotiation, PS3.7 D.3.3.6 (requestor only). */
export interface CommonExtendedNegotiation {
  sopClassUid: string;
  serviceClassUid: string;
  relatedGeneralSopClasses: string[];
}

/** User Identity, PS3.7 D.3.3.7. Type 1 name, 2 name and passcode, 3 Kerberos, 4 SAML, 5 JSON Web Token. */
export interface UserIdentity {
  type: number;
  positiveResponseRequested: boolean;
  primary: Uint8Array;
  secondary: Uint8Array;
}

/** User Information item, PS3.8 9.3.2.3 and PS3.7 Annex D. */
export interface UserInformation {
  /** Largest P-DATA-TF PDU body the sender of this item takes, in bytes; 0 is no limit. */
  maximumLength: number;
  implementationClassUid: string;
  implementationVersionName?: string;
  /** Asynchronous Operations Window; 0 is no limit. */
  asynchronousOperations?: { invoked: number; performed: number };
  roles: RoleSelection[];
  extended: ExtendedNegotiation[];
  commonExtended: CommonExtendedNegotiation[];
  /** A-ASSOCIATE-RQ only. */
  userIdentity?: UserIdentity;
  /** A-ASSOCIATE-AC only: the server response to a user identity. */
  userIdentityResponse?: Uint8Array;
}

interface AssociateBase {
  /** A bit per version; bit 0 is the only one defined. */
  protocolVersion: number;
  calledAeTitle: string;
  callingAeTitle: string;
  applicationContext: string;
  userInformation: UserInformation;
}

export interface AssociateRequest extends AssociateBase {
  contexts: ProposedContext[];
}

export interface AssociateAccept extends AssociateBase {
  contexts: ContextResult[];
}

/** A-ASSOCIATE-RJ, PS3.8 Table 9-21. */
export interface AssociateReject {
  result: number;
  source: number;
  reason: number;
}

/** A-ABORT, PS3.8 Table 9-26. */
export interface Abort {
  source: number;
  reason: number;
}

export const pduTypes = {
  associateRequest: 0x01,
  associateAccept: 0x02,
  associateReject: 0x03,
  data: 0x04,
  releaseRequest: 0x05,
  releaseReply: 0x06,
  abort: 0x07,
} as const;

/** Every PDU but P-DATA-TF, which is never held as a whole. */
export type ControlPdu =
  | { type: "associate-request"; request: AssociateRequest }
  | { type: "associate-accept"; accept: AssociateAccept }
  | { type: "associate-reject"; reject: AssociateReject }
  | { type: "release-request" }
  | { type: "release-reply" }
  | { type: "abort"; abort: Abort };

/** DICOM Application Context Name, PS3.7 Annex A. */
export const applicationContextName = "1.2.840.10008.3.1.1.1";
