import type { Level } from "../../core/index.ts";
import { type DataSet, tagOf } from "../../dicom/index.ts";
import { StatusError, sopClasses, statuses } from "../../dimse/index.ts";

/** The levels of the query/retrieve information models, top first: PS3.4 C.6.1.1 and C.6.2.1. */
export const levels = ["patient", "study", "series", "instance"] as const satisfies Level[];

/** Query/Retrieve Level (0008,0052) of each level. */
const levelNames: Record<string, Level> = { PATIENT: "patient", STUDY: "study", SERIES: "series", IMAGE: "instance" };

export const uniqueKeys: Record<Level, number> = {
  patient: tagOf("PatientID"),
  study: tagOf("StudyInstanceUID"),
  series: tagOf("SeriesInstanceUID"),
  instance: tagOf("SOPInstanceUID"),
};

const studyRoot: ReadonlySet<string> = new Set([
  sopClasses.studyRootFind,
  sopClasses.studyRootMove,
  sopClasses.studyRootGet,
]);

const mismatch = (detail: string): StatusError =>
  new StatusError(statuses.identifierDoesNotMatchSopClass, "request/invalid", detail);

/** The level an identifier asks at; throws A900 when the model of the SOP class has no such level. */
function levelOf(identifier: DataSet, sopClassUid: string): Level {
  const name = identifier.string(tagOf("QueryRetrieveLevel"))?.trim() ?? "";
  const level = levelNames[name];
  if (!level) throw mismatch("Query/Retrieve Level is missing or unknown.");
  if (level === "patient" && studyRoot.has(sopClassUid)) throw mismatch("Study Root has no patient level.");
  return level;
}

/**
 * Hierarchical search (PS3.4 C.4.1.2.1, C.4.1.3.1.1): every level above the one asked at names one entity by its
 * unique key. Study Root begins with the study.
 */
export function checkedLevel(identifier: DataSet, sopClassUid: string): Level {
  const level = levelOf(identifier, sopClassUid);
  const top = studyRoot.has(sopClassUid) ? 1 : 0;
  for (const above of levels.slice(top, levels.indexOf(level))) {
    const values = identifier.strings(uniqueKeys[above]).filter((value) => value !== "");
    if (values.length !== 1 || hasWildcard(values[0]!)) throw mismatch(`The ${above} above is not named uniquely.`);
  }
  return level;
}

const hasWildcard = (value: string): boolean => value.includes("*") || value.includes("?");

export interface RetrievedKeys {
  level: Level;
  keys: Map<Level, string[]>;
}

/** The unique keys that name what is to be retrieved: one or a list at the level asked at (PS3.4 C.4.2.1.4). */
export function retrievedKeys(identifier: DataSet, sopClassUid: string): RetrievedKeys {
  const level = checkedLevel(identifier, sopClassUid);
  const keys = new Map<Level, string[]>();
  for (const each of levels.slice(0, levels.indexOf(level) + 1)) {
    const values = identifier.strings(uniqueKeys[each]).filter((value) => value !== "");
    if (values.some(hasWildcard)) throw mismatch("A unique key has a wildcard.");
    if (values.length > 0) keys.set(each, values);
  }
  if (!keys.has(level)) throw mismatch("The unique key of the level is missing.");
  if (level === "patient" && keys.get(level)!.length > 1) throw mismatch("More than one patient is named.");
  return { level, keys };
}
