import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { type MadeObject, makeObject, type ObjectPlan } from "../../../../test/support/made-object.ts";
import { need } from "../../../../test/support/need.ts";
import { type DataSet, parseFileHeader, readDataSet, tagOf } from "../../../dicom/index.ts";
import type { InstanceRef } from "../../types.ts";
import { filesOfDicomdir, missingFromDicomdir } from "../import/dicomdir.ts";
import { DicomdirBuilder } from "./builder.ts";
import { recordTypeOf } from "./record-types.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-dicomdir-"));
after(() => rmSync(root, { recursive: true }));

const storage = "1.2.840.10008.5.1.4.1.1.";
const plans: ObjectPlan[] = [
  { patient: "P1", study: 1, series: 1, instance: 1 },
  { patient: "P1", study: 1, series: 1, instance: 2 },
  {
    patient: "P1",
    study: 1,
    series: 2,
    instance: 1,
    sopClassUid: `${storage}481.5`,
    pixels: 0,
    attributes: { RTPlanLabel: "Boost", Modality: "RTPLAN" },
  },
  {
    patient: "P1",
    study: 2,
    series: 1,
    instance: 1,
    sopClassUid: `${storage}481.2`,
    attributes: { DoseSummationType: "PLAN", Modality: "RTDOSE" },
  },
  { patient: "P2", study: 3, series: 1, instance: 1, attributes: { PatientName: "Müller^Jürgen" } },
  { patient: "P2", study: 3, series: 2, instance: 1, sopClassUid: "1.2.3.4", pixels: 0 },
];

function media(name: string, made: { object: MadeObject; patient: string }[]): string {
  const folder = join(root, name);
  const builder = new DicomdirBuilder("2.25.12345");
  for (const [index, { object, patient }] of made.entries()) {
    const path = ["DICOM", "PT000001", `IM${String(index).padStart(6, "0")}`];
    const file = join(folder, ...path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, object.file);
    const { length, transferSyntaxUid } = parseFileHeader(object.file)!;
    const ref = { ...object, patientId: patient, transferSyntaxUid } as unknown as InstanceRef;
    builder.add(ref, path, readDataSet(object.file.subarray(length), transferSyntaxUid));
  }
  writeFileSync(join(folder, "DICOMDIR"), builder.build());
  return folder;
}

const made = plans.map((plan) => ({ object: makeObject(plan), patient: plan.patient! }));
const folder = media("whole", made);

test("records form the tree that their offsets say", () => {
  const bytes = execFileSync("cat", [join(folder, "DICOMDIR")]);
  const header = parseFileHeader(bytes)!;
  const directory = readDataSet(bytes.subarray(header.length), header.transferSyntaxUid);
  assert.equal(header.meta.string(tagOf("MediaStorageSOPClassUID")), "1.2.840.10008.1.3.10");
  assert.equal(directory.items(tagOf("DirectoryRecordSequence")).length, 2 + 3 + 5 + 6);
  const first = directory.number(tagOf("OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity"))!;
  const type = (record: DataSet) => record.string(tagOf("DirectoryRecordType"));
  const tree = (offset: number): unknown[] => {
    if (offset === 0) return [];
    assert.equal(bytes.readUInt32LE(offset), 0xe000fffe, "an offset leads to an item");
    const length = bytes.readUInt32LE(offset + 4);
    const record = readDataSet(bytes.subarray(offset + 8, offset + 8 + length), header.transferSyntaxUid);
    const lower = tree(record.number(tagOf("OffsetOfReferencedLowerLevelDirectoryEntity"))!);
    return [
      lower.length > 0 ? { [type(record)!]: lower } : type(record),
      ...tree(record.number(tagOf("OffsetOfTheNextDirectoryRecord"))!),
    ];
  };
  assert.deepEqual(tree(first), [
    {
      PATIENT: [
        { STUDY: [{ SERIES: ["IMAGE", "IMAGE"] }, { SERIES: ["RT PLAN"] }] },
        { STUDY: [{ SERIES: ["RT DOSE"] }] },
      ],
    },
    { PATIENT: [{ STUDY: [{ SERIES: ["IMAGE"] }, { SERIES: ["PRIVATE"] }] }] },
  ]);
});

test("DCMTK reads it", { skip: need("dcmdump") }, () => {
  const dump = execFileSync("dcmdump", ["-q", "+L", join(folder, "DICOMDIR")], { encoding: "utf8" });
  assert.match(dump, /ReferencedFileID.*|DICOM\\PT000001\\IM000005/);
  assert.equal(dump.match(/CS \[IMAGE\]/g)?.length, 3);
  assert.match(dump, /RTPlanLabel|Boost/);
});

test("pydicom reads it as a file-set with every instance", { skip: need("/usr/bin/python3", "pydicom") }, () => {
  const script = `
import sys, warnings
warnings.simplefilter("error", UserWarning)
from pydicom.fileset import FileSet
fs = FileSet(sys.argv[1])
print(len(fs), fs.find_values("PatientID"), sorted(i.load().SOPInstanceUID == i.SOPInstanceUID for i in fs))
`;
  const text = execFileSync("/usr/bin/python3", ["-c", script, join(folder, "DICOMDIR")], { encoding: "utf8" });
  assert.match(text, /^6 \['P1', 'P2'\] \[(True, ){5}True\]/);
});

test("a file that is listed and missing is reported, and files are found through it", async () => {
  const broken = media("broken", made.slice(0, 3));
  rmSync(join(broken, "DICOM", "PT000001", "IM000001"));
  const path = join(broken, "DICOMDIR");
  const missing = await Array.fromAsync(missingFromDicomdir(path));
  assert.deepEqual(missing, [{ unreadable: { name: `${path} » DICOM/PT000001/IM000001`, code: "import/missing" } }]);
  const all = await Array.fromAsync(filesOfDicomdir(path));
  assert.equal(all.filter((found) => "file" in found).length, 2);
});

test("a DICOMDIR that leads out of its folder is not followed", async () => {
  const folder = join(root, "escape", "media");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "..", "secret"), "x");
  const object = makeObject();
  const builder = new DicomdirBuilder("2.25.1");
  const ref = { ...object, patientId: "P1", transferSyntaxUid: "1.2.840.10008.1.2.1" } as unknown as InstanceRef;
  builder.add(ref, ["..", "secret"], readDataSet(object.dataSet, "1.2.840.10008.1.2.1"));
  writeFileSync(join(folder, "DICOMDIR"), builder.build());
  const found = await Array.fromAsync(filesOfDicomdir(join(folder, "DICOMDIR")));
  assert.deepEqual(
    found.map((each) => "unreadable" in each && each.unreadable.code),
    ["import/missing"],
  );
});

test("a DICOMDIR that cannot be read is reported", async () => {
  const path = join(root, "DICOMDIR");
  writeFileSync(path, "nothing of the kind");
  const found = await Array.fromAsync(filesOfDicomdir(path));
  assert.equal(found.length, 1);
  assert.ok("unreadable" in found[0]!);
});

test("every class has the record type of PS3.3 F.4", () => {
  const types: [string, string][] = [
    ["2", "IMAGE"],
    ["481.1", "IMAGE"],
    ["481.2", "RT DOSE"],
    ["481.3", "RT STRUCTURE SET"],
    ["481.4", "RT TREAT RECORD"],
    ["481.8", "RT PLAN"],
    ["481.9", "RT TREAT RECORD"],
    ["481.12", "RADIOTHERAPY"],
    ["66.1", "REGISTRATION"],
    ["66.4", "IMAGE"],
    ["88.33", "SR DOCUMENT"],
    ["88.59", "KEY OBJECT DOC"],
    ["104.1", "ENCAP DOC"],
    ["11.1", "PRESENTATION"],
  ];
  for (const [suffix, name] of types) assert.equal(recordTypeOf(storage + suffix, true)?.name, name);
  assert.equal(recordTypeOf("1.2.3", false), undefined);
});
