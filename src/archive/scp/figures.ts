/** What the DICOM side did since the start, counted for monitors: services, classes of status and codes, never who. */
import { type ErrorCode, Tally } from "../../core/index.ts";
import { type StatusClass, statusClassOf } from "../../dimse/index.ts";

/** Requests by their Command Field (PS3.7 Annex E.1). */
const services: Record<number, string> = {
  1: "C-STORE",
  16: "C-GET",
  32: "C-FIND",
  33: "C-MOVE",
  48: "C-ECHO",
  256: "N-EVENT-REPORT",
  304: "N-ACTION",
};

export class DimseFigures {
  readonly opened = new Tally<Record<never, string>>();
  readonly rejected = new Tally<{ code: ErrorCode }>();
  readonly operations = new Tally<{ service: string; status: StatusClass }>();
  /** Operations that read the past by a view's AE title. */
  readonly pastReads = new Tally<{ service: string }>();

  answered(commandField: number, status: number): void {
    this.operations.add({ service: services[commandField] ?? "other", status: statusClassOf(status) });
  }
}
