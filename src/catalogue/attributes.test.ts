import assert from "node:assert/strict";
import { test } from "node:test";
import { DataSet, tagOf } from "../dicom/index.ts";
import { indexedAttributes, levelOfKey } from "./attributes.ts";
import { splitLevels } from "./members.ts";

const tag = tagOf;

function plan(): DataSet {
  const beam = (machine: string) => new DataSet().set(tag("TreatmentMachineName"), "SH", machine);
  const step = new DataSet()
    .set(tag("ScheduledProcedureStepID"), "SH", "SPS1")
    .set(tag("RequestedProcedureID"), "SH", "RP1")
    .set(tag("Modality"), "CS", "CT");
  return new DataSet()
    .set(tag("SpecificCharacterSet"), "CS", "ISO_IR 100")
    .set(tag("SOPInstanceUID"), "UI", "1.2.3")
    .set(tag("PatientName"), "PN", "Müller^Jörg")
    .set(tag("PatientID"), "LO", "P 1")
    .set(tag("StudyDate"), "DA", "")
    .set(tag("RequestAttributesSequence"), "SQ", [step])
    .set(tag("RTPlanLabel"), "SH", "Pelvis")
    .set(tag("BeamSequence"), "SQ", [beam("LINAC1"), beam("LINAC2"), beam("LINAC1")]);
}

test("the indexed attributes of a plan, of all levels, without empty ones", () => {
  assert.deepEqual(indexedAttributes(plan()), {
    "00080018": { vr: "UI", Value: ["1.2.3"] },
    "00100010": { vr: "PN", Value: [{ Alphabetic: "Müller^Jörg" }] },
    "00100020": { vr: "LO", Value: ["P 1"] },
    "00400275": {
      vr: "SQ",
      Value: [{ "00400009": { vr: "SH", Value: ["SPS1"] }, "00401001": { vr: "SH", Value: ["RP1"] } }],
    },
    "300A0002": { vr: "SH", Value: ["Pelvis"] },
    "300A00B2": { vr: "SH", Value: ["LINAC1", "LINAC2"] },
  });
});

test("elements with another VR than the dictionary's are read as the dictionary says, or left out", () => {
  const odd = new DataSet()
    .set(tag("PatientID"), "UN", Buffer.from("P1"))
    .set(tag("StudyDescription"), "SQ", [new DataSet()])
    .set(tag("Rows"), "LO", "512")
    .set(tag("RequestAttributesSequence"), "LO", "no items");
  assert.deepEqual(indexedAttributes(odd), { "00100020": { vr: "LO", Value: ["P1"] } });
});

test("values beyond the limit are not indexed", () => {
  const long = new DataSet().set(tag("AdditionalPatientHistory"), "LT", "x".repeat(10_242));
  assert.deepEqual(indexedAttributes(long), {});
});

test("members of a level are in order of their tags, also those that look like numbers", () => {
  const attributes = {
    "300A0002": { vr: "SH", Value: ["a"] },
    "30060002": { vr: "SH", Value: ["b"] },
    "00080018": { vr: "UI", Value: ["c"] },
  };
  const keys = splitLevels(attributes)[3]
    .split("\n")
    .map((line) => line.slice(1, 9));
  assert.deepEqual(keys, ["00080018", "30060002", "300A0002"]);
});

test("what DICOMweb returns and the query models require is held, each at its level", () => {
  const required: [level: number, keywords: string][] = [
    [0, "PatientName PatientID PatientBirthDate PatientSex IssuerOfPatientID"],
    [1, "StudyDate StudyTime AccessionNumber StudyID StudyInstanceUID ReferringPhysicianName StudyDescription"],
    [2, "Modality SeriesNumber SeriesInstanceUID SeriesDescription RequestAttributesSequence"],
    [3, "SOPClassUID SOPInstanceUID InstanceNumber Rows Columns BitsAllocated NumberOfFrames ContentDate"],
  ];
  for (const [level, keywords] of required)
    for (const keyword of keywords.split(" ")) {
      const key = tag(keyword).toString(16).padStart(8, "0").toUpperCase();
      assert.equal(levelOfKey.get(key), level, keyword);
    }
});
