/** What the events of the archive's own use-cases say, and what a deletion names. */
import type { DeleteTarget } from "../catalogue/index.ts";
import { type AccessEvent, HoldfastError, type Level, type Resource } from "../core/index.ts";
import { keywordOf } from "../dicom/index.ts";
import type { ArchiveQuery, Target } from "./types.ts";

/** Matching keys that the event of a query names. */
const mostKeys = 100;

/** The level and matching keys as asked, by DICOM keyword; of very many, the first. */
export function queryFacts(query: ArchiveQuery): Pick<AccessEvent, "query"> {
  const keys: Record<string, string> = {};
  let count = 0;
  for (const [tag, { Value }] of Object.entries(query.keys)) {
    if (!Value || Value.length === 0) continue;
    if (++count > mostKeys) break;
    keys[keywordOf(Number.parseInt(tag, 16)) ?? tag] = Value.map(textOf).join("\\").slice(0, 1024);
  }
  return { query: { level: query.level, keys } };
}

function textOf(value: unknown): string {
  if (value !== null && typeof value === "object")
    return String((value as { Alphabetic?: string }).Alphabetic ?? JSON.stringify(value));
  return String(value);
}

/** @throws HoldfastError request/invalid when the target is not one patient, study, series or instance. */
export function deleteTarget(target: Target, reason: string | undefined): DeleteTarget {
  const one = (values: string[] | undefined): string | undefined => {
    if (values && values.length !== 1) throw new HoldfastError("request/invalid", "A deletion names one resource.");
    return values?.[0];
  };
  const [sopInstanceUid, seriesUid, studyUid] = [
    one(target.sopInstanceUid),
    one(target.seriesUid),
    one(target.studyUid),
  ];
  const level: Level | undefined = sopInstanceUid
    ? "instance"
    : seriesUid
      ? "series"
      : studyUid
        ? "study"
        : target.patientId !== undefined
          ? "patient"
          : undefined;
  if (!level || target.at !== undefined)
    throw new HoldfastError("request/invalid", "A deletion names one resource of the present.");
  return {
    level,
    ...(target.patientId !== undefined ? { patientId: target.patientId } : {}),
    ...(studyUid ? { studyUid } : {}),
    ...(seriesUid ? { seriesUid } : {}),
    ...(sopInstanceUid ? { sopInstanceUid } : {}),
    ...(reason ? { reason } : {}),
  };
}

export function resourceOf(target: DeleteTarget): Resource {
  return {
    level: target.level,
    ...(target.patientId !== undefined ? { patient_id: target.patientId } : {}),
    ...(target.studyUid ? { study_uid: target.studyUid } : {}),
    ...(target.seriesUid ? { series_uid: target.seriesUid } : {}),
    ...(target.sopInstanceUid ? { sop_instance_uid: target.sopInstanceUid } : {}),
  };
}
