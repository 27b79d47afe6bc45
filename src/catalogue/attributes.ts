/**
 * The attributes the catalogue keeps, by level: the required and most optional keys of PS3.4 C.6.1.1 and C.6.2.1,
 * the matching and return attributes of PS3.18 10.6, and what radiotherapy looks for.
 */
import { DataSet, type Element, elementJson, type Tag, tagOf, tagText, type Vr, vrOf } from "../dicom/index.ts";
import { isNumericVr } from "./vr.ts";

export type Attribute = { vr: string; Value?: unknown[] };
export type Attributes = Record<string, Attribute>;

/** Levels from the top: 0 patient, 1 study, 2 series, 3 instance. */
export const levelIndex = { patient: 0, study: 1, series: 2, instance: 3 } as const;

/** Values longer than this (bytes) are not indexed: the longest text a search is made for, LT, has 10,240 characters. */
const maxValueLength = 10_240;
const maxItems = 32;

const words = (text: string): string[] => text.trim().split(/\s+/);

const kept: readonly string[][] = [
  words(`PatientName PatientID IssuerOfPatientID PatientBirthDate PatientBirthTime PatientSex OtherPatientIDs
    OtherPatientNames EthnicGroup PatientIdentityRemoved`),
  words(`StudyInstanceUID StudyID StudyDate StudyTime AccessionNumber StudyDescription ReferringPhysicianName
    PhysiciansOfRecord NameOfPhysiciansReadingStudy ProcedureCodeSequence AdmittingDiagnosesDescription PatientAge
    PatientSize PatientWeight Occupation AdditionalPatientHistory TimezoneOffsetFromUTC AdmissionID`),
  words(`SeriesInstanceUID Modality SeriesNumber SeriesDescription SeriesDate SeriesTime Laterality BodyPartExamined
    ProtocolName PatientPosition PerformedProcedureStepStartDate PerformedProcedureStepStartTime
    PerformedProcedureStepID PerformedProcedureStepDescription RequestAttributesSequence Manufacturer
    ManufacturerModelName StationName InstitutionName InstitutionalDepartmentName DeviceSerialNumber SoftwareVersions
    OperatorsName PerformingPhysicianName FrameOfReferenceUID`),
  words(`SOPClassUID SOPInstanceUID InstanceNumber ContentDate ContentTime AcquisitionDate AcquisitionTime
    AcquisitionDateTime AcquisitionNumber InstanceCreationDate InstanceCreationTime ImageType NumberOfFrames Rows
    Columns BitsAllocated SliceLocation ContentLabel ContentDescription ConceptNameCodeSequence CompletionFlag
    VerificationFlag DocumentTitle RTPlanLabel RTPlanName RTPlanDate RTPlanTime PlanIntent ApprovalStatus ReviewDate
    ReviewerName StructureSetLabel StructureSetName StructureSetDate StructureSetTime DoseSummationType DoseType
    DoseUnits RTImageLabel RTImageName RadiationMachineName TreatmentMachineName TreatmentDate TreatmentTime
    CurrentFractionNumber NumberOfFractionsPlanned ReferencedRTPlanSequence ReferencedStructureSetSequence`),
];

/** What is kept of sequence items. */
const nested: Record<string, string[]> = {
  ProcedureCodeSequence: words("CodeValue CodingSchemeDesignator CodeMeaning"),
  ConceptNameCodeSequence: words("CodeValue CodingSchemeDesignator CodeMeaning"),
  RequestAttributesSequence: words(`AccessionNumber StudyInstanceUID RequestedProcedureDescription
    ScheduledProcedureStepDescription ScheduledProcedureStepID RequestedProcedureID`),
  ReferencedRTPlanSequence: words("ReferencedSOPClassUID ReferencedSOPInstanceUID"),
  ReferencedStructureSetSequence: words("ReferencedSOPClassUID ReferencedSOPInstanceUID"),
};

/** Attributes that stand in the items of these sequences; all their distinct values are kept as if at the top. */
const gathered: Record<string, string[]> = {
  TreatmentMachineName: words("BeamSequence IonBeamSequence TreatmentMachineSequence"),
  CurrentFractionNumber: words("TreatmentSessionBeamSequence TreatmentSessionIonBeamSequence"),
  NumberOfFractionsPlanned: words("FractionGroupSequence"),
};

interface Plan {
  tag: Tag;
  key: string;
  vr: Vr;
  items?: Plan[];
  from?: Tag[];
}

function plan(keyword: string): Plan {
  const tag = tagOf(keyword);
  const made: Plan = { tag, key: tagText(tag), vr: vrOf(tag) };
  const [items, from] = [nested[keyword], gathered[keyword]];
  if (items) made.items = items.map(plan).sort((a, b) => a.tag - b.tag);
  if (from) made.from = from.map(tagOf);
  return made;
}

const plans: Plan[] = kept
  .flat()
  .map(plan)
  .sort((a, b) => a.tag - b.tag);

/** Level (0 to 3) of each kept attribute by its DICOM JSON key. */
export const levelOfKey: ReadonlyMap<string, number> = new Map(
  kept.flatMap((keywords, level) => keywords.map((keyword): [string, number] => [tagText(tagOf(keyword)), level])),
);

/** DICOM JSON of the kept attributes that have a value, in ascending order of tags. */
export function indexedAttributes(header: DataSet): Attributes {
  const attributes: Attributes = {};
  for (const one of plans) {
    const attribute = one.from ? gather(header, one) : read(header, one);
    if (attribute) attributes[one.key] = attribute;
  }
  return attributes;
}

function read(dataSet: DataSet, { tag, vr, items }: Plan): Attribute | undefined {
  const element = dataSet.get(tag);
  if (!element) return undefined;
  if (items) return element.items && readItems(element.items, items);
  return readValue(dataSet, element, vr);
}

function readItems(items: DataSet[], plans: Plan[]): Attribute | undefined {
  const Value: Attributes[] = [];
  for (const item of items.slice(0, maxItems)) {
    const found: Attributes = {};
    for (const one of plans) {
      const attribute = read(item, one);
      if (attribute) found[one.key] = attribute;
    }
    Value.push(found);
  }
  return Value.length > 0 ? { vr: "SQ", Value } : undefined;
}

function readValue(dataSet: DataSet, element: Element, vr: Vr): Attribute | undefined {
  const { bytes } = element;
  if (!bytes || bytes.length === 0 || bytes.length > maxValueLength) return undefined;
  const json = element.vr === vr ? elementJson(dataSet, element) : reinterpreted(dataSet, element, vr);
  return json?.Value ? { vr: json.vr, Value: json.Value } : undefined;
}

/** An element written with another VR than the dictionary's (UN, or a sender's mistake) is read as the dictionary says. */
function reinterpreted(dataSet: DataSet, { tag, vr: stated, bytes }: Element, vr: Vr): Attribute | undefined {
  if (stated !== "UN" && isNumericVr(stated) !== isNumericVr(vr)) return undefined;
  const alone = new DataSet(dataSet);
  const element = { tag, vr, bytes: bytes! };
  alone.put(element);
  return elementJson(alone, element) as Attribute;
}

function gather(dataSet: DataSet, { tag, vr, from }: Plan): Attribute | undefined {
  const values = new Set<unknown>();
  for (const sequence of from!)
    for (const item of dataSet.items(sequence).slice(0, maxItems)) {
      const element = item.get(tag);
      if (element) for (const value of readValue(item, element, vr)?.Value ?? []) values.add(value);
    }
  return values.size > 0 ? { vr, Value: [...values] } : undefined;
}
