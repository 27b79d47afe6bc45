/** DCMTK's tools against the archive. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseFileHeader, readDataSet, tagOf } from "../../src/dicom/index.ts";
import { associate } from "../../src/dimse/index.ts";
import { type MadeObject, makeObject, type ObjectPlan } from "../support/made-object.ts";
import { need } from "../support/need.ts";
import { fill, startArchive } from "./dimse-archive.ts";
import { freePort, makeCertificates, run, start, temporaryFolder } from "./dimse-tools.ts";

const plans: ObjectPlan[] = [];
for (const study of [1, 2]) {
  for (const series of [1, 2]) {
    for (const instance of [1, 2, 3]) plans.push({ study, series, instance, patient: `P${study}` });
  }
}
plans.push({ study: 3, patient: "P3", attributes: { PatientName: "Müller^Jürgen", StudyDate: "20250101" } });
const objects = plans.map(makeObject);
const studies = [...new Set(objects.map((object) => object.studyUid))];

const target = (port: number, ...more: (string | number)[]) => ["-aec", "HOLDFAST", ...more, "127.0.0.1", port];

function writeFiles(folder: string, files: readonly MadeObject[]): void {
  for (const [index, object] of files.entries()) writeFileSync(join(folder, `${index}.dcm`), object.file);
}

test("echoscu and storescu", { skip: need("echoscu", "storescu") }, async () => {
  using folder = temporaryFolder();
  writeFiles(folder.path, objects);
  await using running = await startArchive();
  assert.equal((await run("echoscu", ...target(running.port))).code, 0);
  const sent = await run("storescu", ...target(running.port, "-v", "+sd"), folder.path);
  assert.equal(sent.code, 0, sent.output);
  assert.equal(sent.output.match(/Received Store Response \(Success\)/g)?.length, objects.length);
  assert.equal((await running.archive.statistics()).instances, objects.length);
  const [ref] = await running.archive.resolve({ sopInstanceUid: [objects[0]!.sopInstanceUid] });
  const parts: Uint8Array[] = [];
  for await (const part of running.archive.open(ref!).dataSet()) parts.push(part);
  const stored = readDataSet(Buffer.concat(parts), ref!.transferSyntaxUid);
  assert.equal(stored.string(tagOf("SOPInstanceUID")), objects[0]!.sopInstanceUid);
});

/** The values of one attribute in what findscu prints. */
const valuesOf = (output: string, tag: string): string[] =>
  [...output.matchAll(new RegExp(`\\(${tag}\\) \\w\\w (?:\\[(.*?) ?\\]|=(\\w+)|\\(no value)`, "g"))]
    .map((match) => match[1] ?? match[2] ?? "")
    .sort();

const findCases: [string, string, string[], string, string[]][] = [
  ["all studies", "-S", ["QueryRetrieveLevel=STUDY", "StudyInstanceUID"], "0020,000d", studies],
  ["a wild card", "-S", ["QueryRetrieveLevel=STUDY", "PatientID=P*", "StudyInstanceUID"], "0020,000d", studies],
  [
    "a single character",
    "-S",
    ["QueryRetrieveLevel=STUDY", "PatientID=?1", "StudyInstanceUID"],
    "0020,000d",
    [studies[0]!],
  ],
  [
    "a UID list",
    "-S",
    ["QueryRetrieveLevel=STUDY", `StudyInstanceUID=${studies[0]}\\${studies[2]}`],
    "0020,000d",
    [studies[0]!, studies[2]!],
  ],
  ["a date range", "-S", ["QueryRetrieveLevel=STUDY", "StudyDate=20260101-", "PatientID"], "0010,0020", ["P1", "P2"]],
  [
    "a name in UTF-8",
    "-S",
    ["SpecificCharacterSet=ISO_IR 192", "QueryRetrieveLevel=STUDY", "PatientName=Müller*", "PatientID"],
    "0010,0020",
    ["P3"],
  ],
  ["patients", "-P", ["QueryRetrieveLevel=PATIENT", "PatientID"], "0010,0020", ["P1", "P2", "P3"]],
  [
    "studies of a patient",
    "-P",
    ["QueryRetrieveLevel=STUDY", "PatientID=P2", "StudyInstanceUID"],
    "0020,000d",
    [studies[1]!],
  ],
  [
    "series of a study",
    "-S",
    ["QueryRetrieveLevel=SERIES", `StudyInstanceUID=${studies[0]}`, "SeriesNumber"],
    "0020,0011",
    ["1", "2"],
  ],
  [
    "instances of a series",
    "-S",
    [
      "QueryRetrieveLevel=IMAGE",
      `StudyInstanceUID=${studies[0]}`,
      `SeriesInstanceUID=${studies[0]}.2`,
      "InstanceNumber",
    ],
    "0020,0013",
    ["1", "2", "3"],
  ],
  ["nothing", "-S", ["QueryRetrieveLevel=STUDY", "PatientID=NOBODY", "StudyInstanceUID"], "0020,000d", []],
];

test("findscu", { skip: need("findscu") }, async (t) => {
  await using running = await startArchive();
  await fill(running.port, objects);
  const ask = (model: string, keys: string[]) =>
    run("findscu", "-v", model, ...keys.flatMap((key) => ["-k", key]), ...target(running.port));
  for (const [what, model, keys, tag, expected] of findCases) {
    await t.test(what, async () => {
      const { output, code } = await ask(model, keys);
      assert.equal(code, 0, output);
      const responses = output.slice(output.indexOf("Find Response"));
      assert.deepEqual(valuesOf(expected.length > 0 ? responses : "", tag), [...expected].sort(), output);
      assert.match(output, /Received Final Find Response \(Success\)/);
    });
  }
  await t.test("unique keys of the levels above are required", async () => {
    for (const keys of [
      ["QueryRetrieveLevel=SERIES"],
      ["QueryRetrieveLevel=SERIES", "StudyInstanceUID=1.2*"],
      ["QueryRetrieveLevel=NONE"],
      ["QueryRetrieveLevel=PATIENT"],
    ]) {
      const { output } = await ask("-S", keys);
      assert.match(output, /Error: DataSetDoesNotMatchSOPClass/, output);
    }
  });
  await t.test("what is not known comes back empty, and the archive names itself", async () => {
    const { output } = await ask("-S", [
      "QueryRetrieveLevel=STUDY",
      `StudyInstanceUID=${studies[0]}`,
      "InstitutionName",
      "ReferringPhysicianName",
    ]);
    assert.match(output, /\(0008,0080\) LO \(no value available\)/);
    assert.match(output, /\(0008,0090\) PN \(no value available\)/);
    assert.match(output, /\(0008,0054\) AE \[HOLDFAST\]/);
    assert.doesNotMatch(output, /\(0010,0010\)/);
  });
  await t.test("the character set is stated when ASCII does not do", async () => {
    const keys = (patient: string) => ["QueryRetrieveLevel=STUDY", `PatientID=${patient}`, "PatientName"];
    assert.match((await ask("-S", keys("P3"))).output, /\(0008,0005\) CS \[ISO_IR 192\]/);
    assert.doesNotMatch((await ask("-S", keys("P1"))).output.split("Find Response: 1")[1]!, /\(0008,0005\)/);
  });
});

/** Data sets of the files in a folder, by SOP Instance UID. */
function received(folder: string): Map<string, Buffer> {
  return new Map(
    readdirSync(folder).map((name) => {
      const file = readFileSync(join(folder, name));
      const header = parseFileHeader(file)!;
      return [header.meta.string(tagOf("MediaStorageSOPInstanceUID"))!, file.subarray(header.length)];
    }),
  );
}

function assertReceived(folder: string, expected: readonly MadeObject[]): void {
  const files = received(folder);
  assert.deepEqual([...files.keys()].sort(), expected.map((object) => object.sopInstanceUid).sort());
  for (const object of expected)
    assert.ok(files.get(object.sopInstanceUid)!.equals(object.dataSet), "the bytes differ");
}

test("movescu and getscu: the bytes come out as they went in", {
  skip: need("movescu", "getscu", "storescp"),
}, async (t) => {
  using folder = temporaryFolder();
  const port = await freePort();
  const incoming = join(folder.path, "moved");
  mkdirSync(incoming);
  await using _destination = await start("storescp", port, "-od", incoming, "+B", port);
  await using running = await startArchive({
    peers: [
      { aeTitle: "DEST", host: "127.0.0.1", port },
      { aeTitle: "GONE", host: "127.0.0.1", port: 1 },
    ],
  });
  await fill(running.port, objects);
  const study = ["-k", "QueryRetrieveLevel=STUDY", "-k", `StudyInstanceUID=${studies[0]}`];
  const ofStudy = objects.filter((object) => object.studyUid === studies[0]);
  await t.test("movescu", async () => {
    const { code, output } = await run("movescu", "-v", "-S", "-aem", "DEST", ...study, ...target(running.port));
    assert.equal(code, 0, output);
    assertReceived(incoming, ofStudy);
  });
  await t.test("movescu to a destination that is unknown, and one that is away", async () => {
    const unknown = await run("movescu", "-v", "-S", "-aem", "NOWHERE", ...study, ...target(running.port));
    assert.match(unknown.output, /MoveDestinationUnknown/i);
    const away = await run("movescu", "-v", "-S", "-aem", "GONE", ...study, ...target(running.port));
    assert.match(away.output, /UnableToPerformSubOperations|Refused/i);
  });
  for (const [level, keys, expected] of [
    ["a study", study, ofStudy],
    [
      "a series",
      [
        "-k",
        "QueryRetrieveLevel=SERIES",
        "-k",
        `StudyInstanceUID=${studies[1]}`,
        "-k",
        `SeriesInstanceUID=${studies[1]}.2`,
      ],
      objects.slice(9, 12),
    ],
    [
      "an instance",
      [
        "-k",
        "QueryRetrieveLevel=IMAGE",
        "-k",
        `StudyInstanceUID=${studies[1]}`,
        "-k",
        `SeriesInstanceUID=${studies[1]}.2`,
        "-k",
        `SOPInstanceUID=${objects[10]!.sopInstanceUid}`,
      ],
      [objects[10]!],
    ],
  ] as const) {
    await t.test(`getscu of ${level}`, async () => {
      const out = join(folder.path, level);
      mkdirSync(out);
      const { code, output } = await run("getscu", "-v", "-S", "+B", "-od", out, ...keys, ...target(running.port));
      assert.equal(code, 0, output);
      assertReceived(out, expected);
    });
  }
  await t.test("getscu of a patient, Patient Root", async () => {
    const out = join(folder.path, "patient");
    mkdirSync(out);
    const keys = ["-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=P2"];
    await run("getscu", "-v", "-P", "+B", "-od", out, ...keys, ...target(running.port));
    assertReceived(out, objects.slice(6, 12));
  });
  await t.test("each retrieval is one access event", () => {
    const reads = running.events.filter((event) => event.activity === "read");
    assert.deepEqual(
      reads.map(({ operation, status, count }) => [operation, status, count?.objects, count?.failed]),
      [
        ["C-MOVE", "success", 6, 0],
        ["C-MOVE", "failure", undefined, undefined],
        ["C-MOVE", "failure", 0, 6],
        ["C-GET", "success", 6, 0],
        ["C-GET", "success", 3, 0],
        ["C-GET", "success", 1, 0],
        ["C-GET", "success", 6, 0],
      ],
    );
    assert.deepEqual(reads[0]?.resources, [{ level: "study", patient_id: "P1", study_uid: studies[0] }]);
    assert.equal(reads[0]?.dst_endpoint?.ae_title, "DEST");
    assert.equal(
      reads[0]?.traffic?.bytes_out,
      ofStudy.reduce((sum, object) => sum + object.dataSet.length, 0),
    );
    assert.equal(reads[6]?.resources?.[0]?.patient_id, "P2");
    assert.equal(reads[1]?.status_code, "A801");
  });
});

test("termscu, a wrong AE title and a stranger are refused; each is an access event", {
  skip: need("termscu", "echoscu"),
}, async () => {
  await using running = await startArchive();
  const terminated = await run("termscu", "127.0.0.1", running.port, "-aec", "HOLDFAST");
  assert.notEqual(terminated.code, 0, terminated.output);
  const misnamed = await run("echoscu", "-v", "-aec", "SOMEBODY", "127.0.0.1", running.port);
  assert.match(misnamed.output, /Called AE Title Not Recognized/i);
  assert.equal((await run("echoscu", ...target(running.port))).code, 0, "the archive is still there");
  const associates = running.events.filter((event) => event.activity === "associate");
  assert.deepEqual(
    associates.map(({ status, status_code }) => [status, status_code]),
    [
      ["denied", "1/1/1"],
      ["denied", "1/1/7"],
      ["success", undefined],
    ],
  );
  const release = running.events.find((event) => event.activity === "release");
  assert.equal(release?.count?.operations, 1);
  assert.ok(release!.traffic!.bytes_in! > 0 && release!.traffic!.bytes_out! > 0);
});

test("storescu over TLS: a certificate of ours is required", {
  skip: need("storescu", "echoscu", "openssl"),
}, async () => {
  using folder = temporaryFolder();
  const pem = makeCertificates(folder.path);
  const files = join(folder.path, "files");
  mkdirSync(files);
  writeFiles(files, objects);
  await using running = await startArchive({
    listeners: [
      {
        host: "127.0.0.1",
        port: 0,
        tls: {
          key: readFileSync(pem.serverKey),
          cert: readFileSync(pem.serverCertificate),
          ca: readFileSync(pem.ca),
          requestCert: true,
          rejectUnauthorized: true,
        },
      },
    ],
  });
  const own = ["+tls", pem.clientKey, pem.clientCertificate, "+cf", pem.ca];
  const sent = await run("storescu", "-v", "+sd", ...own, ...target(running.port), files);
  assert.equal(sent.code, 0, sent.output);
  assert.equal((await running.archive.statistics()).instances, objects.length);
  assert.notEqual((await run("echoscu", ...target(running.port))).code, 0, "without TLS");
  assert.notEqual((await run("echoscu", "+tla", "-ic", ...target(running.port))).code, 0, "without a certificate");
  const contexts = [{ abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"] }];
  const archive = {
    host: "127.0.0.1",
    port: running.port,
    calledAeTitle: "HOLDFAST",
    callingAeTitle: "PEER",
    contexts,
  };
  await assert.rejects(associate({ ...archive, tls: {} }), { code: "association/connect" }, "a server unknown to us");
  const outdated = { ca: readFileSync(pem.ca), minVersion: "TLSv1.1", maxVersion: "TLSv1.1" } as const;
  await assert.rejects(associate({ ...archive, tls: outdated }), { code: "association/connect" }, "TLS before 1.2");
  const certificate = running.events.find((event) => event.activity === "associate")?.src_endpoint.certificate;
  assert.equal(certificate?.subject, "O=Clinic,CN=client");
  assert.match(certificate.fingerprint, /^[0-9a-f]{64}$/);
});
