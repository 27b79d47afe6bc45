import type { ConnectionOptions } from "node:tls";
import type { ErrorCode } from "../../core/index.ts";
import type {
  Admission,
  AssociationRequest,
  Environment,
  ListenOptions,
  Operation,
  ServerLimits,
  Timeouts,
} from "../../dimse/index.ts";
import type { Action, ActionObject, Decision } from "../../gate/index.ts";
import type { DimseView } from "./views.ts";

/** A DICOM peer by its AE title: where C-MOVE and commitment reports go. */
export interface DimsePeer {
  aeTitle: string;
  host: string;
  port: number;
  tls?: ConnectionOptions;
}

/** A decision of the gate before an operation. */
export type Decide = (action: Action, operation: Operation, object?: ActionObject, again?: boolean) => Decision;

/** Decides before anything is touched; answers at once. Without a gate everything that is configured is permitted. */
export interface DimseGate {
  /** Whether an association may be, after the called AE title has been checked; `principal` is a gate's Principal. */
  admit(request: AssociationRequest): (Admission & { code?: ErrorCode }) | Promise<Admission & { code?: ErrorCode }>;
  /** `again`: within an operation that was permitted when it began. */
  decide: Decide;
  /** Whether it is about patients on treatment alone, whom containment does not hide; `patients`: Patient IDs. */
  isOfTreatment?(action: Action, operation: Operation, patients: () => Promise<readonly string[]>): Promise<boolean>;
  /** A peer that the operation's principal may send objects to, and whether the peer may have any. */
  destination?(aeTitle: string, operation: Operation): { peer: DimsePeer; decision: Decision } | undefined;
}

export interface DimseServiceConfig {
  aeTitle: string;
  /** Answer to any called AE title, not only our own. */
  anyCalledAeTitle?: boolean;
  listeners: ListenOptions[];
  /** AE titles of our own that show the past. */
  views?: readonly DimseView[];
  peers?: DimsePeer[];
  /** Calling AE titles that are no peers are served from `loopback` only, or from `anywhere`. */
  strangers?: "loopback" | "anywhere";
  /** Storage SOP classes beyond the standard's table. */
  acceptSopClasses?: "all" | readonly string[];
  limits?: Partial<ServerLimits>;
  timeouts?: Partial<Timeouts>;
  gate?: DimseGate;
  environment?: Environment;
  /** Storage commitment reports, ms. */
  commitment?: Partial<CommitmentTimes>;
}

export interface CommitmentTimes {
  /** How long a requestor that releases at once may take, before the report goes over its own association. */
  grace: number;
  /** Waits before each further attempt over an association of ours. */
  retries: readonly number[];
}

export const defaultCommitmentTimes: CommitmentTimes = {
  grace: 500,
  retries: [0, 5_000, 30_000, 120_000, 600_000, 3_600_000],
};
