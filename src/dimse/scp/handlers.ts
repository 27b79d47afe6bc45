import type { ByteSink } from "../../core/index.ts";
import type { DataSet } from "../../dicom/index.ts";
import type { AssociationInfo } from "../association/info.ts";
import type { Outcome } from "../message/index.ts";
import type { RetrievedItem } from "./retrieved-item.ts";

/** One running operation, as its handler sees it. */
export interface Operation {
  readonly association: AssociationInfo;
  readonly messageId: number;
  /** SOP class of the presentation context. */
  readonly abstractSyntax: string;
  readonly transferSyntax: string;
  /** Fires on C-CANCEL and when the association is lost. */
  readonly signal: AbortSignal;
}

export interface StoreRequest {
  sopClassUid: string;
  sopInstanceUid: string;
  /** Set when this is a sub-operation of a C-MOVE. */
  moveOriginator?: { aeTitle: string; messageId: number };
}

export interface FindMatch {
  identifier: DataSet;
  /** Some optional keys were not used for matching: status FF01 in place of FF00. */
  unsupportedKeys?: boolean;
}

/** The instances that a retrieval sends, and who wants to know how it went. */
export interface Retrieval {
  items: readonly RetrievedItem[];
  /** Called once, with the totals. */
  finished?(totals: RetrievalTotals): void;
}

export interface RetrievalTotals {
  completed: number;
  failed: number;
  warning: number;
  bytes: number;
  cancelled: boolean;
}

export interface MoveRetrieval extends Retrieval {
  destination: Destination;
}

/** Where C-MOVE sends to. */
export interface Destination {
  aeTitle: string;
  host: string;
  port: number;
  /** Passed to `tls.connect`. */
  tls?: import("node:tls").ConnectionOptions;
}

export interface ActionRequest {
  sopClassUid: string;
  sopInstanceUid: string;
  actionTypeId: number;
  information: DataSet | undefined;
}

export interface EventReport {
  sopClassUid: string;
  sopInstanceUid: string;
  eventTypeId: number;
  information: DataSet | undefined;
}

/** What comes after an N-ACTION has been answered. `report` sends an N-EVENT-REPORT on the same association. */
export interface ActionOutcome extends Outcome {
  afterwards?(report: (event: EventReport) => Promise<Outcome>): Promise<void>;
}

/**
 * The services of an SCP. A missing handler refuses its service with 0211H. A handler may throw a `StatusError`;
 * anything else thrown becomes the service's general failure.
 */
export interface ServiceHandlers {
  echo?(operation: Operation): Promise<Outcome> | Outcome;
  store?(request: StoreRequest, operation: Operation): ByteSink<Outcome>;
  find?(identifier: DataSet, operation: Operation): AsyncIterable<FindMatch>;
  move?(request: { identifier: DataSet; destination: string }, operation: Operation): Promise<MoveRetrieval>;
  get?(identifier: DataSet, operation: Operation): Promise<Retrieval>;
  action?(request: ActionRequest, operation: Operation): Promise<ActionOutcome>;
  eventReport?(report: EventReport, operation: Operation): Promise<Outcome>;
}
