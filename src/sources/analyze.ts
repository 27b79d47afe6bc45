/** `holdfast analyze`: the behaviour engine over a log from elsewhere, with no labels. */
import { defaultAlertOptions, EdgeEngine, EventEngine } from "../behaviour/index.ts";
import { analyzeEdges } from "./analyze-edges.ts";
import { analyzeEvents } from "./analyze-events.ts";
import type { InputFile } from "./files.ts";
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

/** Takes whole lines; the bytes may be reused once the promise resolves. */
export type LineOutput = (lines: Uint8Array) => Promise<void>;

export interface AnalyzeOptions {
  format: Format;
  files: InputFile[];
  scores: LineOutput;
  alerts?: LineOutput;
  /** Length of a unit of integer times that are not since 1970. */
  tickSeconds: number;
  /** False alerts a week that are acceptable. */
  alertsPerWeek: number;
  /** Of the hashes of names. */
  seed: number;
  /** SHA-256 (hex) of patient ids and UIDs that nobody has a reason to touch. */
  canaries?: readonly string[];
  onProgress?: (bytesRead: number, events: number) => void;
}

export interface AnalyzeSummary {
  events: number;
  /** Lines that could not be read; they keep their index, so that indices stay line numbers. */
  broken: number;
  /** Events older than one before them in the input. Edges are then scored as of the latest time seen; others are sorted. */
  outOfOrder: number;
  alerts: number;
}

export function analyze(options: AnalyzeOptions): Promise<AnalyzeSummary> {
  const alerts = { ...defaultAlertOptions, alertsPerWeek: options.alertsPerWeek };
  if (options.format === "edges") return analyzeEdges(options, new EdgeEngine({ alerts }));
  return analyzeEvents(options, recordFormats[options.format], engineOf(options, alerts));
}

function engineOf({ seed, canaries = [] }: AnalyzeOptions, alerts: typeof defaultAlertOptions): EventEngine {
  return new EventEngine({ alerts, seed, canaries });
}
