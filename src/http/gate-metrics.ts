/** Figures of the gate and of the DICOM side: effects, codes and services, never who. */
import type { Registry } from "prom-client";
import type { DimseFigures } from "../archive/scp/index.ts";
import type { Gate } from "../gate/index.ts";
import { tallied } from "./counted.ts";

export function gateMetrics(gate: Gate, registry: Registry): void {
  const decisions = "Decisions before an operation, by effect.";
  tallied(registry, "holdfast_gate_decisions_total", decisions, ["effect"], () => gate.decisions.all());
  const denials = "Denials by code, those within a running operation included.";
  tallied(registry, "holdfast_gate_denials_total", denials, ["code"], () => gate.denials.all());
}

export function dimseMetrics(figures: DimseFigures, registry: Registry): void {
  const operations = "Operations of peers by service and class of the final status (PS3.7 Annex C).";
  const of = ["service", "status"] as const;
  tallied(registry, "holdfast_dicom_operations_total", operations, of, () => figures.operations.all());
  const opened = "Associations accepted.";
  tallied(registry, "holdfast_dicom_associations_opened_total", opened, [], () => figures.opened.all());
  const rejected = "Associations rejected, by code.";
  tallied(registry, "holdfast_dicom_associations_rejected_total", rejected, ["code"], () => figures.rejected.all());
  const past = "Operations that read the past through the AE title of a view, by service.";
  tallied(registry, "holdfast_dicom_past_reads_total", past, ["service"], () => figures.pastReads.all());
}
