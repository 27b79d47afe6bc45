/** What the DICOM side did since the start, counted for monitors: services, classes of status and codes, never who. */
import { type ErrorCode, Tally } from "../../core/index.ts";
import { commandFields, type StatusClass, statusClassOf } from "../../dimse/index.ts";

/** Requests by their Command Field (PS3.7 Annex E.1). */
export const serviceNames: Record<number, string> = {
  [commandFields.storeRequest]: "C-STORE",
  [commandFields.getRequest]: "C-GET",
  [commandFields.findRequest]: "C-FIND",
  [commandFields.moveRequest]: "C-MOVE",
  [commandFields.echoRequest]: "C-ECHO",
  [commandFields.eventReportRequest]: "N-EVENT-REPORT",
  [commandFields.actionRequest]: "N-ACTION",
};

export class DimseFigures {
  readonly opened = new Tally<Record<never, string>>();
  readonly rejected = new Tally<{ code: ErrorCode }>();
  readonly operations = new Tally<{ service: string; status: StatusClass }>();
  /** Operations that read the past by a view's AE title. */
  readonly pastReads = new Tally<{ service: string }>();

  answered(commandField: number, status: number): void {
    this.operations.add({ service: serviceNames[commandField] ?? "other", status: statusClassOf(status) });
  }
}
