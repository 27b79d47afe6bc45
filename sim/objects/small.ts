/** Small objects for measurements: 64 × 64 images of 8 KB with a header of about a hundred elements. */
import { type Attributes, fileOf, type GeneratedObject } from "./attributes.ts";
import { bytesOf } from "./ct.ts";
import { Random, uidOf } from "./random.ts";
import { ctImageStorage } from "./sop-classes.ts";

const side = 64;
const instancesPerSeries = 20;

export interface SmallOptions {
  seed: number;
  count: number;
}

/** Twenty to a series, one series to a study, four studies to a patient. */
export function* smallObjects({ seed, count }: SmallOptions): Generator<GeneratedObject> {
  const random = new Random(`${seed}/small`);
  const pixels = Uint16Array.from({ length: side * side }, () => random.integer(900, 1100));
  for (let index = 0; index < count; index++) {
    pixels[index % pixels.length] = random.integer(0, 4095);
    yield smallImage(seed, index, pixels);
  }
}

function smallImage(seed: number, index: number, pixels: Uint16Array): GeneratedObject {
  const study = Math.floor(index / instancesPerSeries);
  const patient = Math.floor(study / 4);
  return fileOf(`small/${String(index).padStart(7, "0")}.dcm`, {
    SpecificCharacterSet: "ISO_IR 192",
    ImageType: ["DERIVED", "SECONDARY", "AXIAL"],
    SOPClassUID: ctImageStorage,
    SOPInstanceUID: uidOf(`${seed}/small/${index}`),
    StudyDate: "20260302",
    SeriesDate: "20260302",
    ContentDate: "20260302",
    StudyTime: "090000",
    SeriesTime: "090100",
    ContentTime: "090130",
    AccessionNumber: `S${String(study).padStart(7, "0")}`,
    Modality: "CT",
    Manufacturer: "Holdfast Simulation",
    InstitutionName: "Invented Cancer Centre",
    ReferringPhysicianName: "Referrer^Invented",
    StationName: "SIM1",
    StudyDescription: "Small images",
    SeriesDescription: "Small series",
    PatientName: `Small^Patient ${patient}`,
    PatientID: `SMALL-${seed}-${patient}`,
    PatientBirthDate: "19700101",
    PatientSex: "O",
    SliceThickness: 3,
    KVP: 120,
    BodyPartExamined: "CHEST",
    PatientPosition: "HFS",
    StudyInstanceUID: uidOf(`${seed}/small/study/${study}`),
    SeriesInstanceUID: uidOf(`${seed}/small/series/${study}`),
    StudyID: String(study),
    SeriesNumber: 1,
    AcquisitionNumber: 1,
    InstanceNumber: (index % instancesPerSeries) + 1,
    ImagePositionPatient: [-100, -100, (index % instancesPerSeries) * 3],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    FrameOfReferenceUID: uidOf(`${seed}/small/frame/${study}`),
    PositionReferenceIndicator: "",
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
    Rows: side,
    Columns: side,
    PixelSpacing: [3, 3],
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    RescaleIntercept: -1024,
    RescaleSlope: 1,
    RequestAttributesSequence: requests(study),
    PixelData: bytesOf(pixels),
  });
}

/** Ten scheduled steps bring the element count near that of real headers. */
function requests(study: number): Attributes[] {
  return Array.from({ length: 10 }, (_, step) => ({
    AccessionNumber: `S${String(study).padStart(7, "0")}`,
    RequestedProcedureDescription: "Planning",
    ScheduledProcedureStepDescription: `Step ${step}`,
    ScheduledProcedureStepID: `${study}-${step}`,
    RequestedProcedureID: `R${study}`,
  }));
}
