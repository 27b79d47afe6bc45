/** The structure set: contours drawn on the planning CT (PS3.3 A.19). */
import { type Attributes, fileOf, type GeneratedObject } from "./attributes.ts";
import type { Course } from "./patient.ts";
import { contourAt, type Grid, imagePosition, type Structure } from "./phantom.ts";
import { uidOf } from "./random.ts";
import { ctImageStorage, detachedStudyManagement, rtStructureSetStorage } from "./sop-classes.ts";

export function structureSet(course: Course, grid: Grid, structures: readonly Structure[]): GeneratedObject {
  const images = Array.from({ length: grid.slices }, (_, slice) => imageReference(course, slice));
  const date = course.common["StudyDate"] as string;
  return fileOf(`${course.folder}/structure-set.dcm`, {
    ...course.common,
    SOPClassUID: rtStructureSetStorage,
    SOPInstanceUID: course.structureSetUid,
    Modality: "RTSTRUCT",
    SeriesDescription: "Structures",
    OperatorsName: "Dosimetrist^Invented",
    SeriesInstanceUID: uidOf(`${course.label}/structures/series`),
    SeriesNumber: 2,
    FrameOfReferenceUID: course.frameOfReferenceUid,
    PositionReferenceIndicator: "",
    StructureSetLabel: "Planning",
    StructureSetDate: date,
    StructureSetTime: "100000",
    ReferencedFrameOfReferenceSequence: [
      {
        FrameOfReferenceUID: course.frameOfReferenceUid,
        RTReferencedStudySequence: [
          {
            ReferencedSOPClassUID: detachedStudyManagement,
            ReferencedSOPInstanceUID: course.common["StudyInstanceUID"] as string,
            RTReferencedSeriesSequence: [{ SeriesInstanceUID: course.ctSeriesUid, ContourImageSequence: images }],
          },
        ],
      },
    ],
    StructureSetROISequence: structures.map(({ number, name }) => ({
      ROINumber: number,
      ReferencedFrameOfReferenceUID: course.frameOfReferenceUid,
      ROIName: name,
      ROIGenerationAlgorithm: "AUTOMATIC",
    })),
    ROIContourSequence: structures.map((structure) => ({
      ROIDisplayColor: structure.colour,
      ContourSequence: contours(course, grid, structure),
      ReferencedROINumber: structure.number,
    })),
    RTROIObservationsSequence: structures.map(({ number, type }) => ({
      ObservationNumber: number,
      ReferencedROINumber: number,
      RTROIInterpretedType: type,
      ROIInterpreter: "Oncologist^Invented",
    })),
    ApprovalStatus: "APPROVED",
    ReviewDate: date,
    ReviewTime: "140000",
    ReviewerName: "Oncologist^Invented",
  });
}

function contours(course: Course, grid: Grid, structure: Structure): Attributes[] {
  const drawn: Attributes[] = [];
  for (let slice = 0; slice < grid.slices; slice++) {
    const points = contourAt(structure, imagePosition(grid, slice)[2]);
    if (!points) continue;
    drawn.push({
      ContourImageSequence: [imageReference(course, slice)],
      ContourGeometricType: "CLOSED_PLANAR",
      NumberOfContourPoints: points.length / 3,
      ContourNumber: drawn.length + 1,
      ContourData: points,
    });
  }
  return drawn;
}

const imageReference = (course: Course, slice: number): Attributes => ({
  ReferencedSOPClassUID: ctImageStorage,
  ReferencedSOPInstanceUID: course.ctImageUid(slice),
});
