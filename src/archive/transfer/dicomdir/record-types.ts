/** Directory Record Type (0004,1430) of each SOP class and the keys of its record: PS3.3 F.4 and F.5. */

export interface RecordType {
  name: string;
  /** Keywords copied from the object. `=` marks type 2: present, empty when the object has none. */
  keys: string[];
}

const content = ["ContentDate", "ContentTime", "InstanceNumber"];
const contentIdentification = [...content, "ContentLabel", "ContentDescription=", "ContentCreatorName="];
const document = [...content, "ConceptNameCodeSequence"];

export const patientKeys = ["SpecificCharacterSet", "PatientName=", "PatientID="];
export const studyKeys = [
  "SpecificCharacterSet",
  "StudyDate=",
  "StudyTime=",
  "AccessionNumber=",
  "StudyDescription=",
  "StudyInstanceUID",
  "StudyID=",
];
export const seriesKeys = ["SpecificCharacterSet", "Modality=", "SeriesInstanceUID", "SeriesNumber="];

const image: RecordType = { name: "IMAGE", keys: ["InstanceNumber=", "ImageType"] };

/** By what follows 1.2.840.10008.5.1.4.1.1. in the SOP Class UID. The first match counts. */
const types: [RegExp, RecordType][] = [
  [/^481\.2$/, { name: "RT DOSE", keys: ["InstanceNumber=", "DoseSummationType"] }],
  [
    /^481\.3$/,
    {
      name: "RT STRUCTURE SET",
      keys: ["InstanceNumber=", "StructureSetLabel", "StructureSetDate=", "StructureSetTime="],
    },
  ],
  [/^481\.[58]$/, { name: "RT PLAN", keys: ["InstanceNumber=", "RTPlanLabel", "RTPlanDate=", "RTPlanTime="] }],
  [/^481\.[4679]$/, { name: "RT TREAT RECORD", keys: ["InstanceNumber=", "TreatmentDate=", "TreatmentTime="] }],
  [
    /^481\.1\d$|^481\.2\d$/,
    {
      name: "RADIOTHERAPY",
      keys: [
        "InstanceNumber=",
        "UserContentLabel",
        "UserContentLongLabel",
        "ContentDescription=",
        "ContentCreatorName=",
      ],
    },
  ],
  [
    /^11\.|^131$/,
    {
      name: "PRESENTATION",
      keys: [
        "PresentationCreationDate",
        "PresentationCreationTime",
        "InstanceNumber=",
        "ContentLabel",
        "ContentDescription=",
        "ContentCreatorName=",
        "ReferencedSeriesSequence",
        "BlendingSequence",
      ],
    },
  ],
  [/^9\./, { name: "WAVEFORM", keys: content }],
  [/^88\.59$/, { name: "KEY OBJECT DOC", keys: document }],
  [/^88\./, { name: "SR DOCUMENT", keys: [...document, "CompletionFlag", "VerificationFlag", "VerificationDateTime"] }],
  [
    /^4\.2$/,
    {
      name: "SPECTROSCOPY",
      keys: [...content, "ImageType", "NumberOfFrames", "Rows", "Columns", "DataPointRows", "DataPointColumns"],
    },
  ],
  [/^66$/, { name: "RAW DATA", keys: content }],
  [/^66\.[13]$/, { name: "REGISTRATION", keys: contentIdentification }],
  [/^66\.2$/, { name: "FIDUCIAL", keys: contentIdentification }],
  [/^66\.5$/, { name: "SURFACE", keys: contentIdentification }],
  [/^66\.6$/, { name: "TRACT", keys: contentIdentification }],
  [/^67$/, { name: "VALUE MAP", keys: contentIdentification }],
  [/^68\./, { name: "SURFACE SCAN", keys: ["ContentDate", "ContentTime"] }],
  [/^77\.1\.5\.3$/, { name: "STEREOMETRIC", keys: contentIdentification }],
  [/^78\.|^80\.1$/, { name: "MEASUREMENT", keys: contentIdentification }],
  [/^90\.1$/, { name: "ASSESSMENT", keys: [...content, "InstanceCreationDate", "InstanceCreationTime"] }],
  [
    /^104\./,
    {
      name: "ENCAP DOC",
      keys: [
        "ContentDate=",
        "ContentTime=",
        "InstanceNumber=",
        "DocumentTitle=",
        "HL7InstanceIdentifier",
        "ConceptNameCodeSequence=",
        "MIMETypeOfEncapsulatedDocument",
      ],
    },
  ],
];

const storage = "1.2.840.10008.5.1.4.1.1.";

/** Undefined: a class of which the directory knows no record type but PRIVATE. */
export function recordTypeOf(sopClassUid: string, hasPixels: boolean): RecordType | undefined {
  if (sopClassUid.startsWith(storage)) {
    const suffix = sopClassUid.slice(storage.length);
    const match = types.find(([pattern]) => pattern.test(suffix));
    if (match) return match[1];
  }
  return hasPixels ? image : undefined;
}
