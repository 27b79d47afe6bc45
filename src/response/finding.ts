/** What the behaviour engine, or a rule elsewhere, has found: the input of response. Holds no patient data. */
import type { ContainmentLevel } from "../behaviour/index.ts";
import type { PrincipalKind, Role } from "../gate/index.ts";

export interface Finding {
  /** ms since 1970: of the event at which it was found. */
  time: number;
  /** Whom it speaks against. */
  subject: Subject;
  /**
   * It speaks not against the subject, who only did what completed it, but against what this names: everybody in the
   * tenant together, a host, a vendor, an object. Absent: against the subject.
   */
  about?: "host" | "vendor" | "tenant" | "object";
  /** 0 to 1; ½ is the level at which alerts begin. */
  risk: number;
  /** Names of the detectors that speak, strongest first. */
  evidence: string[];
  /** One of them saw what ordinary work does not do at all. */
  invariant: boolean;
  /** The engine finds it strict enough to contain the subject without asking: two independent kinds far beyond an alert, or an invariant. */
  automatic?: boolean;
  /** Sentences for people; strongest first. */
  reasons: Reason[];
  /** MITRE ATT&CK technique, `T1486`. */
  technique?: string;
  /** The engine's name for what belongs together; findings of one campaign are one incident. */
  campaign?: string;
  /** Objects touched so far, as far as known. */
  objects?: number;
  /** `metadata.uid` of the access events that are its evidence. */
  events?: string[];
  /** Names under which the engine knows the subject; what people say about an alert goes to the engine under these. */
  actors?: string[];
  /** Names of everybody whom the engine sees at work together in this: their alerts are one incident. */
  together?: string[];
  /** What the engine would do. */
  level?: ContainmentLevel;
  /** Sequence number of the journal entry that it is about: told again after a kill, it is known by it. */
  entry?: number;
  /** ms since 1970 when the engine had assessed it. */
  assessed?: number;
  /** ms that passed until the archive could look at it: it was down meanwhile. */
  late?: number;
  /** Nothing is done without a person: it is long ago, or who did it can do nothing more. */
  onlyAsks?: boolean;
  /** What waits for somebody's review, nothing to be contained for: id of a grant of the gate, or a copy of the archive. */
  review?: string;
}

export interface Subject {
  /** Principal id at the gate, `user:anna`. */
  principal: string;
  kind: PrincipalKind;
  roles: readonly Role[];
  tenant: string;
  vendor?: string;
  /** Address, as in access events. */
  host?: string;
  critical?: boolean;
}

export interface Reason {
  detector: string;
  text: string;
  observed?: number;
  expected?: number;
  peer?: number;
  technique?: string;
}

/** Where findings go; the composition root joins the engine to it. Returns at once. */
export interface FindingPort {
  observe(finding: Finding): void;
}
