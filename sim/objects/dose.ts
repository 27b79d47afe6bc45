/** The planned dose: a grid over the CT volume, highest in the target (PS3.3 A.18). */
import { fileOf, type GeneratedObject } from "./attributes.ts";
import { bytesOf } from "./ct.ts";
import type { Course } from "./patient.ts";
import { type Grid, imagePosition, makeGrid, type Structure } from "./phantom.ts";
import type { Prescription } from "./prescription.ts";
import { uidOf } from "./random.ts";
import { rtDoseStorage, rtPlanStorage } from "./sop-classes.ts";

/** Gy per stored unit. */
const scaling = 1e-4;

export function dose(course: Course, ct: Grid, target: Structure, prescription: Prescription): GeneratedObject {
  const grid = makeGrid(Math.max(8, ct.size >> 3), ct.slices);
  const date = course.common["StudyDate"] as string;
  return fileOf(`${course.folder}/dose.dcm`, {
    ...course.common,
    SOPClassUID: rtDoseStorage,
    SOPInstanceUID: course.doseUid,
    ContentDate: date,
    ContentTime: "121500",
    Modality: "RTDOSE",
    SeriesDescription: "Dose",
    OperatorsName: "Dosimetrist^Invented",
    SliceThickness: grid.sliceSpacing,
    SeriesInstanceUID: uidOf(`${course.label}/dose/series`),
    SeriesNumber: 4,
    InstanceNumber: 1,
    ImagePositionPatient: imagePosition(grid, 0),
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    FrameOfReferenceUID: course.frameOfReferenceUid,
    PositionReferenceIndicator: "",
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
    NumberOfFrames: grid.slices,
    FrameIncrementPointer: 0x3004000c,
    Rows: grid.size,
    Columns: grid.size,
    PixelSpacing: [grid.pixelSpacing, grid.pixelSpacing],
    BitsAllocated: 32,
    BitsStored: 32,
    HighBit: 31,
    PixelRepresentation: 0,
    DoseUnits: "GY",
    DoseType: "PHYSICAL",
    DoseSummationType: "PLAN",
    GridFrameOffsetVector: Array.from({ length: grid.slices }, (_, slice) => slice * grid.sliceSpacing),
    DoseGridScaling: scaling,
    TissueHeterogeneityCorrection: "IMAGE",
    ReferencedRTPlanSequence: [{ ReferencedSOPClassUID: rtPlanStorage, ReferencedSOPInstanceUID: course.planUid }],
    PixelData: bytesOf(doseGrid(grid, target, prescription.fractions * prescription.dosePerFraction)),
  });
}

/** Falls off with the distance from the target's centre, in units of its half axes. */
function doseGrid(grid: Grid, target: Structure, total: number): Uint32Array {
  const values = new Uint32Array(grid.size * grid.size * grid.slices);
  const prescribed = (total * 1.02) / scaling;
  let index = 0;
  for (let slice = 0; slice < grid.slices; slice++) {
    const [left, top, height] = imagePosition(grid, slice);
    const depth = ((height - target.z) / target.rz!) ** 2;
    for (let row = 0; row < grid.size; row++) {
      const down = ((top + row * grid.pixelSpacing - target.y) / target.ry) ** 2 + depth;
      for (let column = 0; column < grid.size; column++) {
        const distance = ((left + column * grid.pixelSpacing - target.x) / target.rx) ** 2 + down;
        values[index++] = prescribed / (1 + (distance / 1.8) ** 3);
      }
    }
  }
  return values;
}
