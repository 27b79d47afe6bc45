export {
  type Alert,
  type AlertState,
  alertStates,
  type ClosureReason,
  closureReasons,
  type Decision,
  type Incident,
} from "./alert.ts";
export { type Closing, Inbox, type InboxOptions } from "./inbox.ts";
