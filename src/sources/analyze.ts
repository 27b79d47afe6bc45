/** `holdfast analyze`: the behaviour engine over a log from elsewhere, with no labels. */
import { defaultAlertOptions, EdgeEngine, EventEngine } from "../behaviour/index.ts";
import type { AnalyzeOptions, AnalyzeSummary } from "./analysis.ts";
import { analyzeEdges } from "./analyze-edges.ts";
import { analyzeEvents } from "./analyze-events.ts";
import { atna } from "./formats/atna.ts";
import { cloudtrail } from "./formats/cloudtrail.ts";
import { events } from "./formats/events.ts";
import { fhirAuditEvent } from "./formats/fhir-auditevent.ts";
import type { RecordFormat } from "./formats/format.ts";
import type { Format } from "./formats/index.ts";
import { ocsf } from "./formats/ocsf.ts";
import { orthanc } from "./formats/orthanc.ts";

/** The readers of all formats that hold access events. */
export const recordFormats: Record<Exclude<Format, "edges">, RecordFormat> = {
  events,
  cloudtrail,
  atna,
  "fhir-auditevent": fhirAuditEvent,
  ocsf,
  orthanc,
};

export function analyze(options: AnalyzeOptions): Promise<AnalyzeSummary> {
  const alerts = { ...defaultAlertOptions, alertsPerWeek: options.alertsPerWeek };
  if (options.format === "edges") return analyzeEdges(options, new EdgeEngine({ alerts }));
  return analyzeEvents(options, recordFormats[options.format], engineOf(options, alerts));
}

function engineOf({ seed, canaries = [] }: AnalyzeOptions, alerts: typeof defaultAlertOptions): EventEngine {
  return new EventEngine({ alerts, seed, canaries });
}
