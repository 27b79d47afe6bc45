export {
  type Alert,
  type AlertState,
  alertStates,
  type ClosureReason,
  closureReasons,
  type Decision,
  type Incident,
} from "./alert.ts";
export { Inbox, type InboxOptions } from "./inbox.ts";
