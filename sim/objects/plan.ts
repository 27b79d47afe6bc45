/** The treatment plan: prescription, fraction scheme and beams (PS3.3 A.20). */
import { type Attributes, fileOf, type GeneratedObject } from "./attributes.ts";
import type { Course } from "./patient.ts";
import { type Beam, leafBoundaries, leafPairs, type Prescription } from "./prescription.ts";
import { uidOf } from "./random.ts";
import { rtDoseStorage, rtPlanStorage, rtStructureSetStorage } from "./sop-classes.ts";

export function plan(course: Course, prescription: Prescription, isocentre: readonly number[]): GeneratedObject {
  const date = course.common["StudyDate"] as string;
  return fileOf(`${course.folder}/plan.dcm`, {
    ...course.common,
    SOPClassUID: rtPlanStorage,
    SOPInstanceUID: course.planUid,
    Modality: "RTPLAN",
    SeriesDescription: "Plans",
    OperatorsName: "Dosimetrist^Invented",
    SeriesInstanceUID: uidOf(`${course.label}/plan/series`),
    SeriesNumber: 3,
    FrameOfReferenceUID: course.frameOfReferenceUid,
    PositionReferenceIndicator: "",
    RTPlanLabel: "IMRT 1",
    RTPlanName: "IMRT 1",
    RTPlanDate: date,
    RTPlanTime: "120000",
    PlanIntent: "CURATIVE",
    RTPlanGeometry: "PATIENT",
    DoseReferenceSequence: [
      {
        DoseReferenceNumber: 1,
        DoseReferenceUID: uidOf(`${course.label}/dose-reference`),
        DoseReferenceStructureType: "SITE",
        DoseReferenceDescription: "PTV",
        DoseReferenceType: "TARGET",
        DeliveryMaximumDose: total(prescription) * 1.07,
        TargetPrescriptionDose: total(prescription),
      },
    ],
    ToleranceTableSequence: [{ ToleranceTableNumber: 1, GantryAngleTolerance: 1, PatientSupportAngleTolerance: 1 }],
    FractionGroupSequence: [fractionGroup(course, prescription)],
    BeamSequence: prescription.beams.map((beam) => beamItem(beam, prescription, isocentre)),
    PatientSetupSequence: [{ PatientSetupNumber: 1, PatientPosition: "HFS", SetupTechnique: "ISOCENTRIC" }],
    ReferencedStructureSetSequence: [
      { ReferencedSOPClassUID: rtStructureSetStorage, ReferencedSOPInstanceUID: course.structureSetUid },
    ],
    ApprovalStatus: "APPROVED",
    ReviewDate: date,
    ReviewTime: "150000",
    ReviewerName: "Oncologist^Invented",
  });
}

const total = ({ fractions, dosePerFraction }: Prescription): number => fractions * dosePerFraction;

function fractionGroup(course: Course, { fractions, beams }: Prescription): Attributes {
  return {
    FractionGroupNumber: 1,
    NumberOfFractionsPlanned: fractions,
    NumberOfBeams: beams.length,
    NumberOfBrachyApplicationSetups: 0,
    ReferencedBeamSequence: beams.map(({ number, dose, meterset }) => ({
      BeamDose: dose,
      BeamMeterset: meterset,
      ReferencedBeamNumber: number,
    })),
    ReferencedDoseSequence: [{ ReferencedSOPClassUID: rtDoseStorage, ReferencedSOPInstanceUID: course.doseUid }],
  };
}

function beamItem(beam: Beam, { machine }: Prescription, isocentre: readonly number[]): Attributes {
  return {
    Manufacturer: "Holdfast Simulation",
    TreatmentMachineName: machine,
    PrimaryDosimeterUnit: "MU",
    SourceAxisDistance: 1000,
    BeamLimitingDeviceSequence: [
      { RTBeamLimitingDeviceType: "ASYMX", NumberOfLeafJawPairs: 1 },
      { RTBeamLimitingDeviceType: "ASYMY", NumberOfLeafJawPairs: 1 },
      { RTBeamLimitingDeviceType: "MLCX", NumberOfLeafJawPairs: leafPairs, LeafPositionBoundaries: leafBoundaries },
    ],
    BeamNumber: beam.number,
    BeamName: beam.name,
    BeamType: "DYNAMIC",
    RadiationType: "PHOTON",
    TreatmentDeliveryType: "TREATMENT",
    NumberOfWedges: 0,
    NumberOfCompensators: 0,
    NumberOfBoli: 0,
    NumberOfBlocks: 0,
    FinalCumulativeMetersetWeight: 1,
    NumberOfControlPoints: beam.weights.length,
    ControlPointSequence: beam.weights.map((_, index) => controlPoint(beam, index, isocentre)),
    ReferencedPatientSetupNumber: 1,
    ReferencedToleranceTableNumber: 1,
  };
}

/** The first control point states all parameters, the others only what changes (PS3.3 C.8.8.14.5). */
function controlPoint(beam: Beam, index: number, isocentre: readonly number[]): Attributes {
  const leaves = { RTBeamLimitingDeviceType: "MLCX", LeafJawPositions: beam.leaves[index]! };
  const changing = {
    ControlPointIndex: index,
    BeamLimitingDevicePositionSequence: [leaves],
    CumulativeMetersetWeight: beam.weights[index]!,
    ReferencedDoseReferenceSequence: [
      { CumulativeDoseReferenceCoefficient: beam.weights[index]!, ReferencedDoseReferenceNumber: 1 },
    ],
  };
  if (index > 0) return changing;
  return {
    ...changing,
    NominalBeamEnergy: 6,
    DoseRateSet: 600,
    BeamLimitingDevicePositionSequence: [
      { RTBeamLimitingDeviceType: "ASYMX", LeafJawPositions: [-50, 50] },
      { RTBeamLimitingDeviceType: "ASYMY", LeafJawPositions: [-50, 50] },
      leaves,
    ],
    GantryAngle: beam.gantry,
    GantryRotationDirection: "NONE",
    BeamLimitingDeviceAngle: beam.collimator,
    BeamLimitingDeviceRotationDirection: "NONE",
    PatientSupportAngle: 0,
    PatientSupportRotationDirection: "NONE",
    TableTopEccentricAngle: 0,
    TableTopEccentricRotationDirection: "NONE",
    TableTopVerticalPosition: "",
    TableTopLongitudinalPosition: "",
    TableTopLateralPosition: "",
    IsocenterPosition: isocentre as number[],
    SourceToSurfaceDistance: 900,
  };
}
