/** What the journal's events tell of a stored object's bytes: treatment facts, pixel digest, irregularities. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { rtSets } from "../../../sim/objects/index.ts";
import { needSamples, samplePath } from "../../../test/support/need.ts";
import { fileBytes, type ObjectFields } from "../../../test/support/objects.ts";
import { EventEngine } from "../../behaviour/index.ts";
import type { AccessEvent, Treatment } from "../../core/index.ts";
import { DataSet, makeFileHeader, parseFileHeader, readDataSet, tagOf, writeDataSet } from "../../dicom/index.ts";
import { layoutOf, readJournal, readKeyring, readManifest } from "../../vault/index.ts";
import { openArchive } from "../index.ts";

const context = { actor: { app: "TEST" }, src: { ip: "127.0.0.1" }, protocol: "internal", operation: "STOW-RS" };

/** Stores the files one after the other and reads the events of it from the journal. */
async function eventsOf(t: TestContext, files: readonly Uint8Array[]): Promise<AccessEvent[]> {
  const base = await mkdtemp(join(tmpdir(), "holdfast-facts-"));
  t.after(() => rm(base, { recursive: true }));
  const options = { dataFolder: join(base, "data"), keyFile: join(base, "key.json") };
  const archive = await openArchive(options);
  for (const file of files) {
    const sink = archive.store(context, { form: "file" });
    for (let at = 0; at < file.length; at += 50_001) await sink.write(file.subarray(at, at + 50_001));
    await sink.end();
  }
  await archive.close();
  const layout = layoutOf(options.dataFolder);
  const manifest = (await readManifest(layout.manifest))!;
  const keyring = await readKeyring(options.keyFile, manifest, randomBytes);
  const events: AccessEvent[] = [];
  for await (const run of readJournal(layout.journal, manifest.archive, keyring))
    for (const { payload } of run) {
      const { event } = JSON.parse(payload.toString());
      if (event?.operation === "STOW-RS") events.push(event);
    }
  return events;
}

/** The file with a change to its data set. */
function changed(file: Uint8Array, change: (dataSet: DataSet) => void): Uint8Array {
  const { length, transferSyntaxUid } = parseFileHeader(file)!;
  const dataSet = readDataSet(file.subarray(length), transferSyntaxUid);
  change(dataSet);
  return Buffer.concat([file.subarray(0, length), writeDataSet(dataSet, transferSyntaxUid)]);
}

const interruptions = [{ fraction: 2, after: 0.4, resumed: true }];
const made = [...rtSets({ seed: 3, slices: 2, size: 32, fractions: 2, interruptions })];
const planFile = made.find(({ name }) => name.endsWith("plan.dcm"))!;
const firstBeam = (dataSet: DataSet): DataSet => dataSet.items(tagOf("BeamSequence"))[0]!;
const beamOf = (event: AccessEvent | undefined) => event?.treatment?.beams?.[0]?.geometry;

test("a plan tells its approval, metersets and beams, a record what it delivered", async (t) => {
  const records = made.filter(({ name }) => name.includes("record-"));
  const [plan, ...delivered] = await eventsOf(
    t,
    [planFile, ...records].map(({ bytes }) => bytes),
  );
  const { treatment } = plan!;
  const data = readDataSet(planFile.bytes.subarray(planFile.dataSetOffset), planFile.transferSyntaxUid);
  const metersets = data
    .items(tagOf("FractionGroupSequence"))[0]!
    .items(tagOf("ReferencedBeamSequence"))
    .map((beam) => beam.number(tagOf("BeamMeterset")));
  assert.equal(treatment?.kind, "plan");
  assert.equal(treatment?.plan_uid, planFile.sopInstanceUid);
  assert.equal(treatment?.approval, "APPROVED");
  assert.match(treatment?.label ?? "", /^[0-9a-f]{64}$/);
  assert.equal(treatment?.refers_to, undefined);
  assert.match(treatment?.approved_at ?? "", /^\d{8} 150000$/);
  assert.match(treatment?.approved_by ?? "", /^[0-9a-f]{64}$/);
  const group = treatment?.fraction_groups?.[0];
  assert.equal(
    group?.fractions,
    data.items(tagOf("FractionGroupSequence"))[0]!.number(tagOf("NumberOfFractionsPlanned")),
  );
  assert.deepEqual(Object.values(group?.metersets ?? {}), metersets);
  assert.equal(new Set(treatment?.beams?.map(({ geometry }) => geometry)).size, metersets.length);
  assert.ok(treatment?.beams?.every(({ energy, machine }) => energy === 6 && machine?.startsWith("LINAC")));
  const facts = delivered.map((event): Treatment => event.treatment!);
  assert.deepEqual(
    facts.map(({ kind, plan_uid, fraction, fraction_group }) => ({ kind, plan_uid, fraction, fraction_group })),
    [1, 2, 2].map((fraction) => ({ kind: "record", plan_uid: planFile.sopInstanceUid, fraction, fraction_group: 1 })),
  );
  const total = (one: Treatment[]) => one.flatMap((fact) => fact.delivered!).reduce((sum, b) => sum + b.delivered!, 0);
  const planned = Object.values(group!.metersets!).reduce((sum, mu) => sum + mu, 0);
  assert.ok(Math.abs(total(facts.slice(0, 1)) - planned) < 0.5, "the whole fraction");
  assert.ok(Math.abs(total(facts.slice(1)) - planned) < 0.5, "the resumed fraction adds up");
  assert.ok(facts[2]!.delivered!.some(({ type }) => type === "CONTINUATION"));
  assert.ok(!JSON.stringify(plan!.treatment).includes("Invented"), "no names");
});

test("a plan tells which plans it comes from, and not which it stands beside", async (t) => {
  const reference = (uid: string, relationship: string): DataSet =>
    new DataSet()
      .set(0x00081150, "UI", planFile.sopClassUid)
      .set(0x00081155, "UI", uid)
      .set(0x300a0055, "CS", relationship);
  const related = changed(planFile.bytes, (plan) => {
    plan.set(0x300c0002, "SQ", [reference("1.2.3", "PREDECESSOR"), reference("1.2.4", "CONCURRENT")]);
  });
  const [event] = await eventsOf(t, [related]);
  assert.deepEqual(event?.treatment?.refers_to, ["1.2.3"]);
});

test("an altered copy of an approved plan under a new UID is found at the first one; one approved anew is not", async (t) => {
  const copy = (uid: string, change: (plan: DataSet) => void): Uint8Array => {
    const { length, transferSyntaxUid } = parseFileHeader(planFile.bytes)!;
    const plan = readDataSet(planFile.bytes.subarray(length), transferSyntaxUid).set(0x00080018, "UI", uid);
    change(plan);
    const header = makeFileHeader({ sopClassUid: planFile.sopClassUid, sopInstanceUid: uid, transferSyntaxUid });
    return Buffer.concat([header, writeDataSet(plan, transferSyntaxUid)]);
  };
  const raise = (plan: DataSet): void => {
    const [beam] = plan.items(tagOf("FractionGroupSequence"))[0]!.items(tagOf("ReferencedBeamSequence"));
    beam!.set(tagOf("BeamMeterset"), "DS", String(beam!.number(tagOf("BeamMeterset"))! * 1.02));
  };
  const events = await eventsOf(t, [
    planFile.bytes,
    copy("2.25.71", () => {}),
    copy("2.25.72", (plan) => {
      raise(plan);
      plan.set(tagOf("ReviewTime"), "TM", "163000");
    }),
    copy("2.25.73", raise),
  ]);
  const engine = new EventEngine();
  const told = events.map((event, i) => engine.assess(event, i).findings.filter(({ invariant }) => invariant));
  assert.deepEqual(
    told.map((findings) => findings.length),
    [0, 0, 0, 1],
  );
  assert.match(
    told[3]![0]!.reason.text,
    /approval of another plan of the patient, from which it differs: monitor units$/,
  );
});

test("the geometry digest follows what shapes the dose and nothing else", async (t) => {
  const retold = changed(planFile.bytes, (plan) => {
    firstBeam(plan).set(tagOf("BeamName"), "LO", "renamed").set(0x30090010, "LO", "PRIVATE");
    firstBeam(plan).set(tagOf("SourceAxisDistance"), "DS", "1000.00");
  });
  const moved = changed(planFile.bytes, (plan) => {
    const points = firstBeam(plan).items(tagOf("ControlPointSequence"));
    const leaves = points.at(-1)!.items(tagOf("BeamLimitingDevicePositionSequence"))[0]!;
    const positions = leaves.numbers(tagOf("LeafJawPositions"));
    positions[40]! += 5;
    leaves.set(tagOf("LeafJawPositions"), "DS", positions.map(String));
  });
  const [plain, told, leaf] = await eventsOf(t, [planFile.bytes, retold, moved]);
  assert.equal(told?.activity, "update");
  assert.equal(beamOf(told), beamOf(plain));
  assert.notEqual(beamOf(leaf), beamOf(plain));
  assert.equal(leaf?.treatment?.beams?.[1]?.geometry, plain?.treatment?.beams?.[1]?.geometry);
});

test("nothing is left out of a large plan; beyond the bound the event says so", async (t) => {
  const large = (points: number) =>
    changed(planFile.bytes, (plan) => {
      const beam = firstBeam(plan);
      const point = beam.items(tagOf("ControlPointSequence"))[1]!;
      const leaves = point.items(tagOf("BeamLimitingDevicePositionSequence"))[0]!;
      leaves.set(tagOf("LeafJawPositions"), "DS", "-12.5\\".repeat(9_000));
      beam.set(
        tagOf("ControlPointSequence"),
        "SQ",
        Array.from({ length: points }, () => point),
      );
    });
  const [several, many] = await eventsOf(t, [large(200), large(400)]);
  assert.ok(several!.content!.size > 10 * 1024 * 1024);
  assert.equal(several?.content?.irregular, undefined);
  assert.deepEqual(many?.content?.irregular, ["treatment/incomplete"]);
});

test("the pixel digest is the same after a re-tagging, whatever the coding, and another for other pixels", async (t) => {
  const pixels = randomBytes(200_000);
  const other = Buffer.from(pixels);
  other[150_000]! ^= 1;
  const file = (fields: ObjectFields) => fileBytes({ pixels, ...fields });
  const [first, retagged, altered, none] = await eventsOf(t, [
    file({}),
    file({ name: "Other^Name", patient: "P2" }),
    file({ pixels: other }),
    fileBytes({ instance: "2.25.9" }),
  ]);
  assert.match(first?.content?.pixel_digest ?? "", /^[0-9a-f]{64}$/);
  assert.equal(retagged?.activity, "update");
  assert.equal(retagged?.content?.pixel_digest, first?.content?.pixel_digest);
  assert.notEqual(altered?.content?.pixel_digest, first?.content?.pixel_digest);
  assert.equal(none?.content?.pixel_digest, undefined);
});

test("compressed frames that are no codestreams, and too few of them, are irregular", async (t) => {
  const jpeg = "1.2.840.10008.1.2.4.50";
  const soi = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(60)]);
  const noise = Buffer.concat([Buffer.from([0x13, 0x37, 0x00, 0x11]), randomBytes(60)]);
  const file = (frames: number, fragments: Buffer[]) => {
    const plain = fileBytes({ instance: `2.25.8.${++count}`, pixels: Buffer.alloc(64) });
    const { length, transferSyntaxUid } = parseFileHeader(plain)!;
    const dataSet = readDataSet(plain.subarray(length), transferSyntaxUid).set(0x00280008, "IS", String(frames));
    dataSet.put({ tag: 0x7fe00010, vr: "OB", fragments: [Buffer.alloc(0), ...fragments] });
    const uids = { sopClassUid: dataSet.string(0x00080016)!, sopInstanceUid: dataSet.string(0x00080018)! };
    return Buffer.concat([makeFileHeader({ ...uids, transferSyntaxUid: jpeg }), writeDataSet(dataSet, jpeg)]);
  };
  let count = 0;
  const events = await eventsOf(t, [
    file(1, [soi]),
    file(1, [soi, noise]), // one frame in two fragments
    file(1, [noise]),
    file(2, [soi, noise]),
    file(3, [soi, soi]),
  ]);
  assert.deepEqual(
    events.map(({ content }) => content?.irregular),
    [undefined, undefined, ["pixel/codestream"], ["pixel/codestream"], ["pixel/frames"]],
  );
  assert.ok(events.every(({ content }) => content?.pixel_digest));
});

const samples = ["dicom/pydicom-rtplan.dcm", "dicom/dicompyler-rtplan.dcm", "dicom/pydicom-JPEG2000.dcm"];
test("plans and images of other makers", { skip: needSamples(...samples) }, async (t) => {
  const files = await Promise.all(samples.map((name) => readFile(samplePath(name))));
  const [pydicom, dicompyler, image] = await eventsOf(t, files);
  for (const { treatment, content } of [pydicom!, dicompyler!]) {
    assert.equal(treatment?.kind, "plan");
    const planned = treatment?.fraction_groups?.[0];
    assert.ok(planned!.fractions! > 0 && Object.values(planned!.metersets!).every((mu) => mu > 0 && mu < 2_000));
    assert.deepEqual(
      treatment?.beams?.map(({ number }) => String(number)).toSorted(),
      Object.keys(planned!.metersets!).toSorted(),
    );
    assert.ok(!content?.irregular?.includes("treatment/incomplete"));
  }
  assert.ok(image?.content?.pixel_digest);
  assert.ok(!image?.content?.irregular?.includes("pixel/codestream"), String(image?.content?.irregular));
});
