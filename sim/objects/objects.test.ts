import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { type DataSet, DataSetScanner, readDataSet, tagOf } from "../../src/dicom/index.ts";
import { need, programPath } from "../../test/support/need.ts";
import { needPydicom, python } from "../../test/support/pydicom.ts";
import { type GeneratedObject, rtSets, smallObjects } from "./index.ts";

const options = {
  seed: 7,
  patients: 2,
  slices: 6,
  size: 64,
  fractions: 4,
  interruptions: [
    { fraction: 2, after: 0.4, resumed: true },
    { fraction: 4, after: 0.55, resumed: false },
  ],
};
const made = [...rtSets(options)];
const first = made.filter(({ name }) => name.startsWith("patient-00001/")).map(opened);
const [structureSet, plan, dose] = ["structure-set", "plan", "dose"].map((name) => named(name)[0]!) as [
  DataSet,
  DataSet,
  DataSet,
];
const ct = named("ct-");
const records = named("record-");

function opened({ name, bytes, dataSetOffset, transferSyntaxUid }: GeneratedObject): [string, DataSet] {
  return [name, readDataSet(bytes.subarray(dataSetOffset), transferSyntaxUid)];
}

function named(part: string): DataSet[] {
  return first.filter(([name]) => name.includes(part)).map(([, dataSet]) => dataSet);
}

const text = (dataSet: DataSet, keyword: string): string | undefined => dataSet.string(tagOf(keyword));
const number = (dataSet: DataSet, keyword: string): number => dataSet.number(tagOf(keyword))!;
const items = (dataSet: DataSet, keyword: string): DataSet[] => dataSet.items(tagOf(keyword));
const uid = (dataSet: DataSet): string => text(dataSet, "SOPInstanceUID")!;
const referred = (dataSet: DataSet, keyword: string): (string | undefined)[] =>
  items(dataSet, keyword).map((item) => text(item, "ReferencedSOPInstanceUID"));

test("a set has all objects of a course, and the same seed gives the same bytes", () => {
  assert.equal(made.length, 2 * (6 + 3 + 5));
  const digest = (objects: Iterable<GeneratedObject>): string => {
    const hash = createHash("sha256");
    for (const { name, bytes } of objects) hash.update(name).update(bytes);
    return hash.digest("hex");
  };
  assert.equal(digest(rtSets(options)), digest(made));
  assert.notEqual(digest(rtSets({ ...options, seed: 8 })), digest(made));
});

test("identifiers are valid and unique, and nothing is irregular", () => {
  const uids = made.map(({ sopInstanceUid }) => sopInstanceUid);
  assert.equal(new Set(uids).size, uids.length);
  for (const one of uids) assert.match(one, /^2\.25\.[1-9]\d{0,38}$/);
  for (const { bytes, dataSetOffset, transferSyntaxUid, sopInstanceUid } of [
    ...made,
    ...smallObjects({ seed: 1, count: 3 }),
  ]) {
    const scanner = new DataSetScanner(transferSyntaxUid);
    scanner.push(bytes.subarray(dataSetOffset));
    const { header, irregular } = scanner.end();
    assert.deepEqual(irregular, []);
    assert.equal(uid(header), sopInstanceUid);
  }
});

test("all objects of a patient share patient, study and frame of reference", () => {
  const all = first.map(([, dataSet]) => dataSet);
  for (const keyword of ["PatientID", "PatientName", "StudyInstanceUID"])
    assert.equal(new Set(all.map((dataSet) => text(dataSet, keyword))).size, 1);
  const frames = [...ct, structureSet, plan, dose].map((dataSet) => text(dataSet, "FrameOfReferenceUID"));
  assert.equal(new Set(frames).size, 1);
});

test("the structure set draws on slices of the CT, at their height", () => {
  const heights = new Map(ct.map((image) => [uid(image), image.numbers(tagOf("ImagePositionPatient"))[2]]));
  const [frame] = items(structureSet, "ReferencedFrameOfReferenceSequence");
  const [study] = items(frame!, "RTReferencedStudySequence");
  const [series] = items(study!, "RTReferencedSeriesSequence");
  assert.equal(text(series!, "SeriesInstanceUID"), text(ct[0]!, "SeriesInstanceUID"));
  assert.deepEqual(referred(series!, "ContourImageSequence"), [...heights.keys()]);
  const contours = items(structureSet, "ROIContourSequence").flatMap((roi) => items(roi, "ContourSequence"));
  assert.ok(contours.length > ct.length);
  for (const contour of contours) {
    const points = contour.numbers(tagOf("ContourData"));
    assert.equal(points.length, 3 * number(contour, "NumberOfContourPoints"));
    const height = heights.get(referred(contour, "ContourImageSequence")[0]!);
    assert.ok(points.every((value, index) => index % 3 !== 2 || value === height));
  }
});

test("plan, structure set and dose refer to each other", () => {
  assert.deepEqual(referred(plan, "ReferencedStructureSetSequence"), [uid(structureSet)]);
  assert.deepEqual(referred(dose, "ReferencedRTPlanSequence"), [uid(plan)]);
  const [group] = items(plan, "FractionGroupSequence");
  assert.deepEqual(referred(group!, "ReferencedDoseSequence"), [uid(dose)]);
  const beams = items(plan, "BeamSequence").map((beam) => number(beam, "BeamNumber"));
  assert.deepEqual(
    items(group!, "ReferencedBeamSequence").map((beam) => number(beam, "ReferencedBeamNumber")),
    beams,
  );
  assert.equal(number(group!, "NumberOfBeams"), beams.length);
});

/** MU delivered and specified by fraction: summed over sessions, and over the plan's beams. */
function delivered(fraction: number): number {
  const beams = records.flatMap((record) => items(record, "TreatmentSessionBeamSequence"));
  const sum = beams
    .filter((beam) => number(beam, "CurrentFractionNumber") === fraction)
    .reduce((total, beam) => total + number(beam, "DeliveredPrimaryMeterset"), 0);
  return Math.round(sum * 10) / 10;
}

test("records belong to the plan, and their metersets add up to what was delivered", () => {
  const [group] = items(plan, "FractionGroupSequence");
  const metersets = new Map(
    items(group!, "ReferencedBeamSequence").map((beam) => [
      number(beam, "ReferencedBeamNumber"),
      number(beam, "BeamMeterset"),
    ]),
  );
  const whole = Math.round([...metersets.values()].reduce((sum, one) => sum + one, 0) * 10) / 10;
  for (const record of records) {
    assert.deepEqual(referred(record, "ReferencedRTPlanSequence"), [uid(plan)]);
    for (const beam of items(record, "TreatmentSessionBeamSequence"))
      assert.equal(number(beam, "SpecifiedPrimaryMeterset"), metersets.get(number(beam, "ReferencedBeamNumber")));
  }
  assert.deepEqual([delivered(1), delivered(2), delivered(3)], [whole, whole, whole]);
  assert.equal(delivered(4), Math.round(whole * 0.55 * 10) / 10);
});

test("a resumed fraction has a second record that continues the interrupted beam", () => {
  const sessions = records.filter((record) =>
    items(record, "TreatmentSessionBeamSequence").some((beam) => number(beam, "CurrentFractionNumber") === 2),
  );
  assert.equal(sessions.length, 2);
  const [before, rest] = sessions.map((record) => items(record, "TreatmentSessionBeamSequence"));
  const [stopped, resumed] = [before!.at(-1)!, rest![0]!];
  assert.equal(text(stopped, "TreatmentTerminationStatus"), "MACHINE");
  assert.equal(text(resumed, "TreatmentDeliveryType"), "CONTINUATION");
  assert.equal(number(resumed, "ReferencedBeamNumber"), number(stopped, "ReferencedBeamNumber"));
  assert.deepEqual(referred(sessions[1]!, "ReferencedTreatmentRecordSequence"), [uid(sessions[0]!)]);
  const reached = (beam: DataSet): number[] =>
    items(beam, "ControlPointDeliverySequence").map((point) => number(point, "DeliveredMeterset"));
  assert.equal(reached(resumed)[0], reached(stopped).at(-1));
  assert.equal(reached(resumed).at(-1), number(resumed, "SpecifiedPrimaryMeterset"));
});

test("small objects have 5 to 20 KB and about a hundred elements", () => {
  for (const object of smallObjects({ seed: 3, count: 45 })) {
    assert.ok(object.bytes.length > 5_000 && object.bytes.length < 20_000);
    const [, dataSet] = opened(object);
    const nested = items(dataSet, "RequestAttributesSequence").reduce((sum, item) => sum + item.size, 0);
    assert.ok(dataSet.size + nested > 80);
  }
});

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-objects-"));
  for (const { name, bytes } of [...made, ...smallObjects({ seed: 1, count: 3 })]) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
});
after(() => rmSync(folder, { recursive: true }));

test("dcmdump reads every file without a complaint", { skip: need("dcmdump") }, () => {
  const output = execFileSync("dcmdump", ["+sd", "+r", "+E", "-M", folder], {
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 2 ** 28,
  });
  assert.equal(output.toString("latin1").match(/# Dicom-Data-Set/g)?.length, made.length + 3);
});

test("pydicom reads every file and value", { skip: needPydicom() }, () => {
  const count = python(
    `
import pathlib, sys, warnings
import pydicom
warnings.simplefilter("error")
count = 0
for path in pathlib.Path(sys.argv[1]).rglob("*.dcm"):
    for element in pydicom.dcmread(path).iterall():
        element.value
    count += 1
print(count)
`,
    folder,
  );
  assert.equal(Number(count), made.length + 3);
});

/** dciodvfy has the enumerated values of Treatment Verification Status (3008,002C) misspelt (PS3.3 C.8.8.21). */
const mistaken = /<VERIFIED> for value 1 of attribute <Treatment Verification Status>/;

test("dciodvfy finds every module, type and enumerated value right", { skip: need("dciodvfy") }, () => {
  const wrong = [...made, ...smallObjects({ seed: 1, count: 3 })].flatMap(({ name }) => {
    const { stderr } = spawnSync(programPath("dciodvfy")!, [join(folder, name)], { encoding: "latin1" });
    assert.ok(stderr.length > 0, `${name} was not looked at`);
    return stderr.split("\n").filter((line) => line.startsWith("Error") && !mistaken.test(line));
  });
  assert.deepEqual(wrong, []);
});
