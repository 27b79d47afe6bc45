import type { ServiceHandlers } from "../../dimse/index.ts";
import type { Action } from "../../gate/index.ts";

/** The operations of the DICOM side that the gate decides on, one for each DIMSE service. */
export type DimseAction = "echo" | "store" | "find" | "move" | "get" | "commit" | "report";

/** A service that is not here does not compile: none is served that the policy does not know. */
export const actionOfHandler: Record<keyof ServiceHandlers, DimseAction> = {
  echo: "echo",
  store: "store",
  find: "find",
  move: "move",
  get: "get",
  action: "commit",
  eventReport: "report",
};

/** What the policy calls it. */
export const gateActions: Record<DimseAction, Action> = {
  echo: "echo",
  store: "store",
  find: "query",
  move: "retrieve",
  get: "retrieve",
  commit: "commit",
  report: "commit",
};
