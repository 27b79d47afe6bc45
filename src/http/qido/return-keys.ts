import type { Level } from "../../core/index.ts";

/** Attributes each match carries without being asked: PS3.18 Tables 10.6.3-3, -4 and -5. */
export const returnKeys: Record<Exclude<Level, "patient">, readonly string[]> = {
  study: [
    "00080005", // Specific Character Set
    "00080020", // Study Date
    "00080030", // Study Time
    "00080050", // Accession Number
    "00080056", // Instance Availability
    "00080061", // Modalities in Study
    "00080090", // Referring Physician's Name
    "00080201", // Timezone Offset From UTC
    "00100010", // Patient's Name
    "00100020", // Patient ID
    "00100030", // Patient's Birth Date
    "00100040", // Patient's Sex
    "0020000D", // Study Instance UID
    "00200010", // Study ID
    "00201206", // Number of Study Related Series
    "00201208", // Number of Study Related Instances
  ],
  series: [
    "00080005",
    "00080056",
    "00080060", // Modality
    "00080201",
    "0008103E", // Series Description
    "0020000D",
    "0020000E", // Series Instance UID
    "00200011", // Series Number
    "00201209", // Number of Series Related Instances
    "00400244", // Performed Procedure Step Start Date
    "00400245", // Performed Procedure Step Start Time
    "00400275", // Request Attributes Sequence
  ],
  instance: [
    "00080005",
    "00080016", // SOP Class UID
    "00080018", // SOP Instance UID
    "00080056",
    "00080201",
    "0020000D",
    "0020000E",
    "00200013", // Instance Number
    "00280008", // Number of Frames
    "00280010", // Rows
    "00280011", // Columns
    "00280100", // Bits Allocated
  ],
};
