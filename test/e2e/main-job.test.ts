/** The main job with real programs: devices send, findscu, the web and a browser find what was sent. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { rtSets } from "../../sim/objects/index.ts";
import { assertAccessible } from "../support/accessible.ts";
import { until, withPage } from "../support/browser.ts";
import { makeObject } from "../support/made-object.ts";
import { need, needSamples, samplePath } from "../support/need.ts";
import { killServers, type ServerProcess, startServer } from "../support/server.ts";

const run = promisify(execFile);
const base = mkdtempSync(join(tmpdir(), "holdfast-e2e-"));
after(() => rmSync(base, { recursive: true }));
afterEach(killServers);

/** A linked set: CT, structure set, plan, dose and records. */
function generated(name: string): {
  folder: string;
  objects: { name: string; bytes: Uint8Array; sopInstanceUid: string }[];
} {
  const folder = join(base, name);
  mkdirSync(folder, { recursive: true });
  const objects = [...rtSets({ seed: 11, patients: 2, slices: 3, size: 64, fractions: 2 })];
  for (const [index, { bytes }] of objects.entries()) writeFileSync(join(folder, `${index}.dcm`), bytes);
  return { folder, objects };
}

async function send(server: ServerProcess, folder: string): Promise<void> {
  await run("storescu", ["-aec", "HOLDFAST", "+sd", "127.0.0.1", String(server.dicomPort), folder]);
}

async function getJson(server: ServerProcess, path: string): Promise<Record<string, { Value?: unknown[] }>[]> {
  const response = await fetch(`${server.url}${path}`, { headers: { accept: "application/dicom+json" } });
  assert.equal(response.status, 200);
  return (await response.json()) as Record<string, { Value?: unknown[] }>[];
}

test("linked radiotherapy sets sent by storescu are found by findscu and the web, the data sets byte for byte", {
  skip: need("storescu", "findscu"),
}, async () => {
  const server = await startServer(join(base, "one"));
  const { folder, objects } = generated("sets");
  await send(server, folder);
  const found = await run("findscu", [
    "-S",
    "-aec",
    "HOLDFAST",
    "-k",
    "QueryRetrieveLevel=STUDY",
    "-k",
    "StudyInstanceUID=",
    "-k",
    "ModalitiesInStudy=",
    "127.0.0.1",
    String(server.dicomPort),
  ]);
  assert.equal([...`${found.stdout}${found.stderr}`.matchAll(/Find Response: \d+ \(Pending\)/g)].length, 2);
  const instances = await getJson(server, "/dicom-web/instances?includefield=all");
  assert.equal(instances.length, objects.length);
  const modalities = new Set(instances.map((one) => String(one["00080060"]?.Value?.[0])));
  for (const modality of ["CT", "RTSTRUCT", "RTPLAN", "RTDOSE", "RTRECORD"])
    assert.ok(modalities.has(modality), modality);
  for (const { bytes, sopInstanceUid } of objects) {
    const one = instances.find((instance) => instance["00080018"]?.Value?.[0] === sopInstanceUid)!;
    const path = `/dicom-web/studies/${one["0020000D"]?.Value?.[0]}/series/${one["0020000E"]?.Value?.[0]}/instances/${sopInstanceUid}`;
    const response = await fetch(`${server.url}${path}`, {
      headers: { accept: "application/dicom; transfer-syntax=*" },
    });
    const got = Buffer.from(await response.arrayBuffer());
    assert.ok(dataSetOf(got).equals(dataSetOf(Buffer.from(bytes))), "the data set differs");
  }
  assert.equal(await server.stop(), 0);
});

/** What stands behind the file meta information. */
function dataSetOf(file: Buffer): Buffer {
  return file.subarray(132 + 12 + file.readUInt32LE(140));
}

const samples = [
  "dicom/dicompyler-ct.0.dcm",
  "dicom/dicompyler-rtplan.dcm",
  "dicom/pydicom-CT_small.dcm",
  "dicom/pydicom-MR_small.dcm",
];

test("real files are stored by storescu and shown by the status", {
  skip: need("storescu") || needSamples(...samples),
}, async () => {
  const server = await startServer(join(base, "two"));
  for (const name of samples)
    await run("storescu", ["-aec", "HOLDFAST", "127.0.0.1", String(server.dicomPort), samplePath(name)]);
  const status = (await (await fetch(`${server.url}/api/v1/status`)).json()) as { archive: { instances: number } };
  assert.equal(status.archive.instances, samples.length);
});

/** What was asked for last has come: until then the rows of where one was are still there, and would be clicked. */
const settled = (page: Page) => page.locator("#content:not([aria-busy])");

test("the page: health, search, the way to a picture, storing by file, nothing from outside", {
  skip: need("chromium", "storescu"),
}, async () => {
  const server = await startServer(join(base, "three"));
  const { folder } = generated("page");
  await send(server, folder);
  await withPage(1300, async (page) => {
    await page.goto(server.url);
    await page.getByText("Healthy").waitFor();
    await page.getByText(`127.0.0.1 ${server.dicomPort} image.dcm`).waitFor();
    const rows = page.locator("tbody tr");
    await rows.nth(1).waitFor();
    await assertAccessible(page);
    const name = (await rows.first().locator("td").first().innerText()).split("\n").at(-1)!;
    await page.getByRole("searchbox").fill(name);
    await page.getByRole("searchbox").press("Enter");
    await until(page, "document.querySelectorAll('tbody tr').length === 1");
    await rows.first().press("Enter");
    await settled(page).getByRole("row", { name: /CT/ }).first().click();
    await page.locator(".tile").first().click();
    await until(page, "document.querySelector('.picture img')?.naturalWidth > 0");
    await page.getByRole("button", { name: "Close" }).click();
    await page.locator("#files").setInputFiles([join(folder, readdirSync(folder)[0]!)]);
    await page.getByText("1 of 1 stored").waitFor();
    await page
      .locator("#files")
      .setInputFiles([{ name: "notes.txt", mimeType: "text/plain", buffer: readFileSync(import.meta.filename) }]);
    await page.getByText("1 refused").waitFor();
    await page.locator("#uploads li.bad").waitFor();
  });
});

test("the page fits a narrow window", { skip: need("chromium") }, async () => {
  const server = await startServer(join(base, "four"));
  await withPage(390, async (page) => {
    await page.goto(server.url);
    await page.getByText("The archive is empty").waitFor();
    assert.equal(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), true);
  });
});

test("markup in an object's values is text on the page, never run", { skip: need("chromium") }, async () => {
  const server = await startServer(join(base, "five"));
  const markup = '<img src=x onerror="window.owned=1"><script>window.owned=1</script>';
  const { file } = makeObject({
    patient: "<b>X",
    attributes: { PatientName: "<script>window.owned=1</script>", StudyDescription: markup, SeriesDescription: markup },
  });
  const headers = { "content-type": "application/dicom" };
  const body = new Uint8Array(file);
  assert.equal((await fetch(`${server.url}/dicom-web/studies`, { method: "POST", headers, body })).status, 200);
  await withPage(1280, async (page) => {
    await page.goto(server.url);
    await page.getByText("<img src=x").first().click();
    await settled(page).locator("tbody tr").first().click();
    await page.locator(".tile").first().click();
    await page.locator(".viewer dd").first().waitFor();
    assert.equal(await page.locator(".viewer h2").innerText(), markup);
    assert.equal(await page.evaluate("window.owned"), undefined);
    assert.equal(await page.locator("main script, .viewer script, img[onerror]").count(), 0);
  });
});
