import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { type MadeObject, makeObject, type ObjectPlan } from "../../test/support/made-object.ts";
import { need } from "../../test/support/need.ts";
import { runHere } from "./testing/command.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-transfer-"));
after(() => rmSync(root, { recursive: true }));

let count = 0;

/** A working folder with an archive in `data` and files in `in`. */
function site(plans: ObjectPlan[]) {
  const cwd = mkdtempSync(join(root, `${count++}-`));
  const objects = plans.map((plan) => makeObject(plan));
  for (const [index, object] of objects.entries()) put(join(cwd, "in", `${index}.dcm`), object.file);
  return { cwd, objects, run: (...words: string[]) => runHere(words, cwd) };
}

function put(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

const lines = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
const sorted = (objects: MadeObject[]) => objects.map((object) => object.file.toString("base64")).sort();
const contents = (paths: string[]) => paths.map((path) => readFileSync(path).toString("base64")).sort();

const plans: ObjectPlan[] = [
  { patient: "P1", study: 1, series: 1, instance: 1 },
  { patient: "P1", study: 1, series: 1, instance: 2, pixels: 600_000 },
  { patient: "P1", study: 1, series: 2, instance: 1 },
  { patient: "P1", study: 2, series: 1, instance: 1 },
  {
    patient: "Q/2:*?",
    study: 3,
    series: 1,
    instance: 1,
    attributes: { StudyDescription: "Kopf/Hals\u00e4\u00df ..\\x" },
  },
];

test("what is imported is exported byte for byte, in a readable layout", async () => {
  const { cwd, objects, run } = site(plans);
  const imported = await run("import", "in", "--json");
  assert.equal(imported.code, 0, imported.stderr);
  assert.equal(lines(imported.stdout).at(-1).summary.created, 5);
  const exported = await run("export", "--all", "--out", "out");
  assert.equal(exported.code, 0, exported.stderr);
  const files = filesBelow(join(cwd, "out"));
  assert.deepEqual(contents(files), sorted(objects));
  assert.ok(
    files.some((file) => /\/out\/P1\/20260420_Study_1~\w{8}\/001_CT_Series_1~\w{8}\/[0-9.]+\.dcm$/.test(file)),
    files.join("\n"),
  );
  for (const file of files) assert.match(file.slice(join(cwd, "out").length), /^[\p{L}\p{N}._~/-]+$/u);
});

test("a second import changes nothing and a second export writes nothing", async () => {
  const { cwd, run } = site(plans);
  await run("import", "in");
  const again = lines((await run("import", "in", "--json")).stdout).at(-1).summary;
  assert.deepEqual([again.created, again.duplicate], [0, 5]);
  await run("export", "--all", "--out", "out");
  const [damaged, gone] = filesBelow(join(cwd, "out")) as [string, string];
  truncateSync(damaged, statSync(damaged).size - 1);
  rmSync(gone);
  const second = lines((await run("export", "--all", "--out", "out", "--json")).stdout).at(-1).summary;
  assert.deepEqual([second.written, second.kept], [2, 3]);
});

test("patient, study, series and instance select", async () => {
  const { cwd, objects, run } = site(plans);
  await run("import", "in");
  const [first] = objects as [MadeObject];
  const cases: [string[], MadeObject[]][] = [
    [["--patient", "P1"], objects.slice(0, 4)],
    [["--study", first.studyUid], objects.slice(0, 3)],
    [["--series", first.seriesUid], objects.slice(0, 2)],
    [["--instance", first.sopInstanceUid], [first]],
  ];
  for (const [words, expected] of cases) {
    const { code } = await run("export", ...words, "--out", words[0]!);
    assert.equal(code, 0);
    assert.deepEqual(contents(filesBelow(join(cwd, words[0]!))), sorted(expected), words.join(" "));
  }
  const none = await run("export", "--patient", "nobody", "--out", "none");
  assert.deepEqual([none.code, none.stderr], [1, "Nothing stored matches.\n"]);
});

test("--as-of exports the archive as it was", async () => {
  const { cwd, objects, run } = site([{ instance: 1 }]);
  await run("import", "in");
  await new Promise((resolve) => setTimeout(resolve, 5));
  const moment = new Date().toISOString();
  await new Promise((resolve) => setTimeout(resolve, 5));
  const changed = makeObject({ instance: 1, attributes: { StudyDescription: "changed" } });
  put(join(cwd, "in", "0.dcm"), changed.file);
  const update = lines((await run("import", "in", "--json")).stdout);
  assert.equal(update[0].outcome, "updated");
  await run("export", "--all", "--out", "now");
  await run("export", "--all", "--out", "then", "--as-of", moment);
  assert.deepEqual(contents(filesBelow(join(cwd, "now"))), sorted([changed]));
  assert.deepEqual(contents(filesBelow(join(cwd, "then"))), sorted(objects));
  assert.equal((await run("export", "--all", "--out", "before", "--as-of", "2000-01-01T00:00:00Z")).code, 1);
});

test("media with a DICOMDIR are imported by another archive, byte for byte", { skip: need("dcmdump") }, async () => {
  const { cwd, objects, run } = site(plans);
  await run("import", "in");
  assert.equal((await run("export", "--all", "--dicomdir", "--out", "media")).code, 0);
  execFileSync("dcmdump", ["-q", join(cwd, "media", "DICOMDIR")]);
  for (const file of filesBelow(join(cwd, "media", "DICOM")))
    assert.match(file, /\/DICOM\/PT\d{6}\/ST\d{6}\/SE\d{6}\/IM\d{6}$/);
  for (const source of ["media", "media/DICOMDIR"]) {
    const other = await run("import", source, "--data", `other-${source.length}`, "--json");
    assert.equal(other.code, 0, other.stderr);
    assert.equal(lines(other.stdout).at(-1).summary.created, 5);
  }
  await run("export", "--all", "--data", "other-5", "--out", "back");
  assert.deepEqual(contents(filesBelow(join(cwd, "back"))), sorted(objects));
  rmSync(join(cwd, "media/DICOM/PT000001/ST000001/SE000001/IM000001"));
  const partial = await run("import", "media", "--data", "partial");
  assert.equal(partial.code, 1);
  assert.match(partial.stderr, /refused .*DICOMDIR » DICOM\/PT000001.*: import\/missing/);
});

test("a ZIP is imported byte for byte", { skip: need("zip") }, async () => {
  const { cwd, objects, run } = site(plans);
  execFileSync("zip", ["-q", "-r", "all.zip", "in"], { cwd });
  assert.equal((await run("import", "all.zip")).code, 0);
  await run("export", "--all", "--out", "out");
  assert.deepEqual(contents(filesBelow(join(cwd, "out"))), sorted(objects));
});

test("refused files are named with code, the rest is stored, and the exit code says no", async () => {
  const { cwd, objects, run } = site(plans);
  const whole = objects[0]!.file;
  put(join(cwd, "in", "cut.dcm"), whole.subarray(0, whole.length - 100));
  put(join(cwd, "in", "exe.dcm"), Buffer.concat([Buffer.from("MZ"), whole.subarray(2)]));
  put(join(cwd, "in", "readme.txt"), Buffer.from("hello"));
  const { code, stdout, stderr } = await run("import", "in");
  assert.equal(code, 1);
  assert.match(stderr, /refused .*cut\.dcm: object\/truncated/);
  assert.match(stderr, /refused .*exe\.dcm: object\/executable/);
  assert.match(stderr, /skipped .*readme\.txt: object\/not-dicom/);
  assert.match(stdout, /8 files of 3 studies: 5 new, 1 not DICOM, 2 refused/);
});

test("names of files that would steer the terminal are shown harmless", async () => {
  const { run, cwd } = site([]);
  put(join(cwd, "in", "a\u001b]0;owned\u0007.dcm"), Buffer.from("neither"));
  const { stderr } = await run("import", "in");
  assert.match(stderr, /skipped .*a\?\]0;owned\?\.dcm: object\/not-dicom/);
  assert.ok(!stderr.includes("\u001b"));
});

test("an empty folder stores nothing and says so", async () => {
  const { cwd, run } = site([]);
  mkdirSync(join(cwd, "in"));
  const { code, stdout } = await run("import", "in");
  assert.equal(code, 1);
  assert.match(stdout, /No file was found/);
});

test("verify says yes, and after one changed byte names the entry", async () => {
  const { cwd, objects, run } = site(plans);
  put(join(cwd, "in", "program.dcm"), Buffer.concat([Buffer.from("MZ"), objects[0]!.file.subarray(2)]));
  await run("import", "in");
  const good = await run("verify", "--rebuild-catalogue");
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /^Everything is as it was written: \d+ journal entries, .* and 6 objects/); // one in quarantine
  const segment = filesBelow(join(cwd, "data", "vault"))[0]!;
  const bytes = readFileSync(segment);
  bytes[bytes.length - 20]! ^= 1;
  writeFileSync(segment, bytes);
  const bad = await run("verify", "--json");
  assert.equal(bad.code, 1);
  const report = JSON.parse(bad.stdout);
  assert.equal(report.ok, false);
  assert.match((await run("verify")).stdout, /^WRONG: 1 problems.*\n.*\d+/);
});

test("export to a place that cannot be written says so", async () => {
  const { cwd, run } = site([{}]);
  await run("import", "in");
  writeFileSync(join(cwd, "file"), "x");
  const { code, stderr } = await run("export", "--all", "--out", "file/below");
  assert.equal(code, 3);
  assert.match(stderr, /export\/target.*ENOTDIR/);
});

test("verify --rebuild-catalogue finds the same catalogue, and mends a damaged or missing one", async () => {
  const { cwd, objects, run } = site(plans);
  await run("import", "in");
  await run("import", "in");
  const same = await run("verify", "--rebuild-catalogue", "--json");
  assert.deepEqual([same.code, JSON.parse(same.stdout).catalogue], [0, { before: "same", differing: [] }]);
  const catalogue = join(cwd, "data", "catalogue", "catalogue.sqlite");
  const database = new DatabaseSync(catalogue);
  database.exec("UPDATE state SET instances = instances + 1");
  database.close();
  const different = await run("verify", "--rebuild-catalogue");
  assert.equal(different.code, 1);
  assert.match(different.stdout, /The catalogue differed \(state\); it was built anew/);
  writeFileSync(catalogue, "no database at all");
  assert.match((await run("verify", "--rebuild-catalogue")).stdout, /could not be read; it was built anew/);
  rmSync(dirname(catalogue), { recursive: true });
  await run("export", "--all", "--out", "out");
  assert.deepEqual(contents(filesBelow(join(cwd, "out"))), sorted(objects));
});
