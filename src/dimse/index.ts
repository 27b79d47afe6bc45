export type { Admission, AssociationRequest } from "./association/acceptor.ts";
export { Association, type AssociationTotals } from "./association/association.ts";
export * from "./association/info.ts";
export type { ContextPolicy } from "./association/negotiate.ts";
export { type AssociateOptions, associate } from "./association/requestor.ts";
export * from "./association/server.ts";
export { type Environment, systemEnvironment, type Timers } from "./environment.ts";
export {
  commandFields,
  isPending,
  isWarning,
  type Outcome,
  type StatusClass,
  StatusError,
  statusClassOf,
  statuses,
} from "./message/index.ts";
export {
  type AssociateReject,
  type AssociateRequest,
  type RoleSelection,
  rejections,
  rejectText,
  type UserIdentity,
} from "./pdu/index.ts";
export { DestinationSender, type SenderOptions } from "./scp/destination-sender.ts";
export type * from "./scp/handlers.ts";
export type { RetrievedItem } from "./scp/retrieved-item.ts";
export { action } from "./scu/action.ts";
export { echo } from "./scu/echo.ts";
export { eventReport } from "./scu/event-report.ts";
export { find, get, move, type QueryRequest, type RetrieveOutcome, type SubOperationCounts } from "./scu/query.ts";
export { store } from "./scu/store.ts";
export { serviceOf, sopClasses, storageCommitmentInstance } from "./sop-classes.ts";
export { bcp195 } from "./tls.ts";
