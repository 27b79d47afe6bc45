/** What is asked of the made archive. */
import type { ArchiveQuery } from "../../src/catalogue/index.ts";
import { type MadeArchive, nameOf, one, patientOf } from "./objects.ts";

const empty = (tags: string): ArchiveQuery["keys"] =>
  Object.fromEntries(tags.split(" ").map((tag) => [tag, { vr: "LO" }]));
const studyKeys = empty(
  "00080005 00080020 00080030 00080050 00080056 00080061 00080090 00080201 00100010 00100020 00100030 00100040 0020000D 00200010 00201206 00201208",
);
const seriesKeys = empty("00080060 0008103E 0020000D 0020000E 00200011 00201209 00400244 00400245 00400275");

/** The query of a round; rounds ask for different studies. */
export type Ask = (round: number) => ArchiveQuery;

export const studyList: ArchiveQuery = { level: "study", keys: studyKeys, limit: 100 };

export function asksOf(archive: MadeArchive): [string, Ask][] {
  const study = (round: number): number => round % archive.studies;
  const studyUidOf = (study: number): string => archive.uid(1, study);
  return [
    ["study by UID", (n) => ({ level: "study", keys: { ...studyKeys, "0020000D": one("UI", studyUidOf(study(n))) } })],
    [
      "studies by Patient ID",
      (n) => ({ level: "study", keys: { ...studyKeys, "00100020": one("LO", `PAT${patientOf(study(n))}`) } }),
    ],
    [
      "study by Accession Number",
      (n) => ({ level: "study", keys: { ...studyKeys, "00080050": one("SH", `ACC${study(n)}`) } }),
    ],
    [
      "studies by name, whole",
      (n) => ({
        level: "study",
        keys: { ...studyKeys, "00100010": one("PN", { Alphabetic: nameOf(patientOf(study(n))) }) },
        limit: 100,
      }),
    ],
    [
      "series of a study",
      (n) => ({ level: "series", keys: { ...seriesKeys, "0020000D": one("UI", studyUidOf(study(n))) } }),
    ],
    [
      "instances of a series",
      (n) => ({
        level: "instance",
        keys: {
          "00080018": { vr: "UI" },
          "00200013": { vr: "IS" },
          "0020000D": one("UI", studyUidOf(study(n))),
          "0020000E": one("UI", archive.uid(2, study(n), 1)),
        },
      }),
    ],
    ["study list, first 100", () => studyList],
    [
      "studies of one day, first 100",
      (n) => ({ level: "study", keys: { ...studyKeys, "00080020": one("DA", archive.dateOf(study(n))) }, limit: 100 }),
    ],
    [
      "name MEIER1*, first 100",
      () => ({ level: "study", keys: { ...studyKeys, "00100010": one("PN", { Alphabetic: "MEIER1*" }) }, limit: 100 }),
    ],
    [
      "name *eier1*, first 100",
      () => ({ level: "study", keys: { ...studyKeys, "00100010": one("PN", { Alphabetic: "*eier1*" }) }, limit: 100 }),
    ],
    [
      "name *a*, first 100",
      () => ({ level: "study", keys: { ...studyKeys, "00100010": one("PN", { Alphabetic: "*a*" }) }, limit: 100 }),
    ],
    [
      "name *none*",
      () => ({ level: "study", keys: { ...studyKeys, "00100010": one("PN", { Alphabetic: "*none*" }) }, limit: 100 }),
    ],
    [
      "fuzzy `garcia`, first 100",
      () => ({
        level: "study",
        fuzzy: true,
        keys: { ...studyKeys, "00100010": one("PN", { Alphabetic: "garcia" }) },
        limit: 100,
      }),
    ],
    [
      "modality RTPLAN in study",
      () => ({ level: "study", keys: { ...studyKeys, "00080061": one("CS", "RTPLAN") }, limit: 100 }),
    ],
    [
      "modality XX in study (none)",
      () => ({ level: "study", keys: { ...studyKeys, "00080061": one("CS", "XX") }, limit: 100 }),
    ],
    [
      "all series RTPLAN, first 100",
      () => ({ level: "series", keys: { ...seriesKeys, "00080060": one("CS", "RTPLAN") }, limit: 100 }),
    ],
    [
      "description *299 (scanned)",
      () => ({ level: "study", keys: { ...studyKeys, "00081030": one("LO", "*299") }, limit: 100 }),
    ],
  ];
}
