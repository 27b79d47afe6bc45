/** The record of one treatment session (PS3.3 A.29); a resumed fraction has two (PS3.3 C.8.8.21.2). */
import { type Attributes, fileOf, type GeneratedObject } from "./attributes.ts";
import type { DeliveredBeam, Session } from "./delivery.ts";
import { type Course, dateText, treatmentDay } from "./patient.ts";
import { leafPairs, type Prescription } from "./prescription.ts";
import { uidOf } from "./random.ts";
import { rtBeamsTreatmentRecordStorage, rtPlanStorage } from "./sop-classes.ts";

interface Moment {
  date: string;
  /** Hour of the session and seconds since its start. */
  at(seconds: number): string;
}

export function record(course: Course, prescription: Prescription, session: Session): GeneratedObject {
  const { fraction, part } = session;
  const moment = momentOf(course, session);
  const number = String(fraction).padStart(2, "0");
  const earlier = part > 1 ? [course.recordUid(fraction, part - 1)] : [];
  return fileOf(`${course.folder}/record-${number}-${part}.dcm`, {
    ...course.common,
    SOPClassUID: rtBeamsTreatmentRecordStorage,
    SOPInstanceUID: course.recordUid(fraction, part),
    Modality: "RTRECORD",
    SeriesDescription: "Treatment records",
    OperatorsName: "Therapist^Invented",
    SeriesInstanceUID: uidOf(`${course.label}/records/series`),
    SeriesNumber: 5,
    InstanceNumber: fraction * 10 + part,
    TreatmentDate: moment.date,
    TreatmentTime: moment.at(0),
    ReferencedRTPlanSequence: [{ ReferencedSOPClassUID: rtPlanStorage, ReferencedSOPInstanceUID: course.planUid }],
    ...(earlier.length > 0 && {
      ReferencedTreatmentRecordSequence: earlier.map((uid) => ({
        ReferencedSOPClassUID: rtBeamsTreatmentRecordStorage,
        ReferencedSOPInstanceUID: uid,
      })),
    }),
    TreatmentMachineSequence: [
      {
        Manufacturer: "Holdfast Simulation",
        InstitutionName: "Invented Cancer Centre",
        ManufacturerModelName: "Virtual Linac",
        DeviceSerialNumber: prescription.machine,
        TreatmentMachineName: prescription.machine,
      },
    ],
    ReferencedFractionGroupNumber: 1,
    NumberOfFractionsPlanned: prescription.fractions,
    PrimaryDosimeterUnit: "MU",
    TreatmentSessionBeamSequence: session.beams.map((beam, index) => sessionBeam(beam, fraction, moment, index * 60)),
  });
}

function momentOf(course: Course, { fraction, part }: Session): Moment {
  const hour = String(8 + part * 2).padStart(2, "0");
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  return {
    date: dateText(treatmentDay(course, fraction)),
    at: (seconds) => `${hour}${two(seconds / 60)}${two(seconds % 60)}`,
  };
}

function sessionBeam(delivered: DeliveredBeam, fraction: number, moment: Moment, start: number): Attributes {
  const { beam, from, to } = delivered;
  const complete = to === beam.meterset;
  return {
    CurrentFractionNumber: fraction,
    TreatmentDeliveryType: from > 0 ? "CONTINUATION" : "TREATMENT",
    TreatmentTerminationStatus: complete ? "NORMAL" : "MACHINE",
    ...(!complete && { TreatmentTerminationCode: "INTERLOCK" }),
    TreatmentVerificationStatus: "VERIFIED",
    SpecifiedPrimaryMeterset: beam.meterset,
    DeliveredPrimaryMeterset: difference(to, from),
    DeliveredTreatmentTime: Math.ceil(difference(to, from) / 10),
    ControlPointDeliverySequence: beam.weights.map((_, index) => controlPoint(delivered, index, moment, start)),
    ReferencedBeamNumber: beam.number,
    BeamName: beam.name,
    BeamType: "DYNAMIC",
    RadiationType: "PHOTON",
    NumberOfWedges: 0,
    NumberOfCompensators: 0,
    NumberOfBoli: 0,
    NumberOfBlocks: 0,
    NumberOfControlPoints: beam.weights.length,
    BeamLimitingDeviceLeafPairsSequence: [
      { RTBeamLimitingDeviceType: "ASYMX", NumberOfLeafJawPairs: 1 },
      { RTBeamLimitingDeviceType: "ASYMY", NumberOfLeafJawPairs: 1 },
      { RTBeamLimitingDeviceType: "MLCX", NumberOfLeafJawPairs: leafPairs },
    ],
  };
}

const difference = (to: number, from: number): number => Math.round((to - from) * 10) / 10;

/** Delivered Meterset: where the session began, the specified value, or where it ended (PS3.3 C.8.8.21.2.2). */
function controlPoint({ beam, from, to }: DeliveredBeam, index: number, moment: Moment, start: number): Attributes {
  const specified = beam.meterset * beam.weights[index]!;
  const reached = Math.min(Math.max(specified, from), to);
  const leaves = { RTBeamLimitingDeviceType: "MLCX", LeafJawPositions: beam.leaves[index]! };
  return {
    TreatmentControlPointDate: moment.date,
    TreatmentControlPointTime: moment.at(start + (reached - from) / 10),
    SpecifiedMeterset: specified,
    DeliveredMeterset: reached,
    DoseRateSet: 600,
    DoseRateDelivered: 600,
    ReferencedControlPointIndex: index,
    ...(index === 0 && {
      NominalBeamEnergy: 6,
      NominalBeamEnergyUnit: "MV",
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
    }),
    BeamLimitingDevicePositionSequence: [
      ...(index === 0
        ? [
            { RTBeamLimitingDeviceType: "ASYMX", LeafJawPositions: [-50, 50] },
            { RTBeamLimitingDeviceType: "ASYMY", LeafJawPositions: [-50, 50] },
          ]
        : []),
      leaves,
    ],
  };
}
