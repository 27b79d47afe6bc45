/** The planning CT: one image per slice (PS3.3 A.3). */
import { fileOf, type GeneratedObject } from "./attributes.ts";
import type { Course } from "./patient.ts";
import { type Grid, imagePosition, makeNoise, rescaleIntercept, type Structure, slicePixels } from "./phantom.ts";
import { ctImageStorage } from "./sop-classes.ts";

export function* ctSeries(course: Course, grid: Grid, structures: readonly Structure[]): Generator<GeneratedObject> {
  const noise = makeNoise(course.label, grid);
  for (let slice = 0; slice < grid.slices; slice++) {
    const pixels = slicePixels(grid, structures, noise, slice);
    yield ctImage(course, grid, slice, pixels);
  }
}

function ctImage(course: Course, grid: Grid, slice: number, pixels: Uint16Array): GeneratedObject {
  const position = imagePosition(grid, slice);
  const date = course.common["StudyDate"] as string;
  return fileOf(`${course.folder}/ct-${String(slice + 1).padStart(4, "0")}.dcm`, {
    ...course.common,
    ImageType: ["ORIGINAL", "PRIMARY", "AXIAL"],
    SOPClassUID: ctImageStorage,
    SOPInstanceUID: course.ctImageUid(slice),
    SeriesDate: date,
    AcquisitionDate: date,
    ContentDate: date,
    SeriesTime: "082000",
    AcquisitionTime: "082010",
    ContentTime: "082030",
    Modality: "CT",
    SeriesDescription: "Planning CT",
    BodyPartExamined: "CHEST",
    SliceThickness: grid.sliceSpacing,
    KVP: 120,
    DataCollectionDiameter: 500,
    ReconstructionDiameter: 500,
    DistanceSourceToDetector: 1040,
    DistanceSourceToPatient: 570,
    GantryDetectorTilt: 0,
    TableHeight: 150,
    RotationDirection: "CW",
    ExposureTime: 1000,
    XRayTubeCurrent: 250,
    Exposure: 250,
    ConvolutionKernel: "STANDARD",
    PatientPosition: "HFS",
    SeriesInstanceUID: course.ctSeriesUid,
    SeriesNumber: 1,
    AcquisitionNumber: 1,
    InstanceNumber: slice + 1,
    ImagePositionPatient: position,
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    FrameOfReferenceUID: course.frameOfReferenceUid,
    PositionReferenceIndicator: "",
    SliceLocation: position[2],
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
    Rows: grid.size,
    Columns: grid.size,
    PixelSpacing: [grid.pixelSpacing, grid.pixelSpacing],
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    WindowCenter: 40,
    WindowWidth: 400,
    RescaleIntercept: rescaleIntercept,
    RescaleSlope: 1,
    RescaleType: "HU",
    PixelData: bytesOf(pixels),
  });
}

/** Little endian, as all machines are that this runs on. */
export function bytesOf(words: Uint16Array | Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
