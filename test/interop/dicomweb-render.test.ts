/** Rendered and decoded pixels against those of DCMTK. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { decode } from "fast-png";
import { type DataSet, parseFileHeader, readDataSet } from "../../src/dicom/index.ts";
import { makeObject } from "../../src/http/testing/objects.ts";
import { startServer } from "../../src/http/testing/server.ts";
import { need, needSamples, samplePath } from "../support/need.ts";

const pixelData = 0x7fe00010;
const skip = need("dcmj2pnm", "dcmcrle", "dcmcjpeg", "dcmcjpls");

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "holdfast-render-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** 8-bit samples as DCMTK renders them (binary PGM or PPM). */
function dcmtk(t: TestContext, file: Buffer, ...options: string[]): Buffer {
  const path = folder(t);
  writeFileSync(`${path}/in.dcm`, file);
  execFileSync("dcmj2pnm", ["+op", ...options, `${path}/in.dcm`, `${path}/out.pnm`]);
  const pnm = readFileSync(`${path}/out.pnm`);
  const header = /^P[56]\s(?:#.*\n)?(\d+) (\d+)\s(\d+)\n/.exec(pnm.toString("latin1", 0, 200))!;
  return pnm.subarray(header[0].length);
}

/** The same file in another transfer syntax, by DCMTK. */
function converted(t: TestContext, program: string, file: Buffer, ...options: string[]): Buffer {
  const path = folder(t);
  writeFileSync(`${path}/in.dcm`, file);
  execFileSync(program, [...options, `${path}/in.dcm`, `${path}/out.dcm`]);
  return readFileSync(`${path}/out.dcm`);
}

interface Reference {
  study: string;
  url: string;
}

async function stored(t: TestContext, file: Buffer): Promise<Reference & { web: string }> {
  const { store, web } = await startServer(t);
  const response = await store(file);
  assert.equal(response.status, 200);
  const module = (await response.json()) as { "00081199": { Value: { "00081190": { Value: string[] } }[] } };
  const url = module["00081199"].Value[0]!["00081190"].Value[0]!;
  return { web, url, study: url.slice(0, url.indexOf("/series")) };
}

async function rendered(t: TestContext, file: Buffer, query = "", frame = 1) {
  const { url } = await stored(t, file);
  const response = await fetch(`${url}/frames/${frame}/rendered${query}`, { headers: { accept: "image/png" } });
  assert.equal(response.status, 200, await response.clone().text());
  const { data, width, height, channels } = decode(new Uint8Array(await response.arrayBuffer()));
  return { data: Buffer.from(data as Uint8Array), width, height, channels };
}

/** The largest difference of two pictures, and how many samples differ at all. */
function difference(a: Buffer, b: Buffer): { largest: number; share: number } {
  assert.equal(a.length, b.length);
  let largest = 0;
  let count = 0;
  for (const [i, value] of a.entries()) {
    const distance = Math.abs(value - b[i]!);
    if (distance > 0) count++;
    if (distance > largest) largest = distance;
  }
  return { largest, share: count / a.length };
}

const sample = (name: string) => readFileSync(samplePath(`dicom/${name}.dcm`));

for (const [name, window, options] of [
  ["pydicom-CT_small", "?window=40,400,linear", ["+Ww", "40", "400"]],
  ["pydicom-CT_small", "?window=40,400,sigmoid", ["+Wfs", "+Ww", "40", "400"]],
  ["pydicom-MR_small", "?window=600,1600,linear", ["+Ww", "600", "1600"]],
  ["pydicom-CT_small", "", ["+Wm"]],
  ["pydicom-rtdose", "", ["+Wm"]],
] as const) {
  const missing = skip || needSamples(`dicom/${name}.dcm`);
  test(`${name}${window} renders as DCMTK does`, { skip: missing }, async (t) => {
    const file = sample(name);
    const own = await rendered(t, file, window);
    const { largest } = difference(own.data, dcmtk(t, file, ...options));
    assert.ok(largest <= 1, `largest difference ${largest}`);
  });
}

const gradient = (dataSet: DataSet, photometric: string, samples: number) => {
  const [rows, columns] = [40, 50];
  const pixels = new Uint8Array(rows * columns * samples);
  for (let i = 0; i < pixels.length; i++) {
    const [x, y, s] = [Math.floor(i / samples) % columns, Math.floor(i / samples / columns), i % samples];
    pixels[i] = s === 0 ? x * 5 : s === 1 ? y * 6 : 200 - x - y;
  }
  dataSet.set(0x00280002, "US", samples).set(0x00280004, "CS", photometric);
  if (samples === 3) dataSet.set(0x00280006, "US", 0);
  dataSet.set(0x00280010, "US", rows).set(0x00280011, "US", columns).set(pixelData, "OB", pixels);
};

for (const photometric of ["MONOCHROME1", "MONOCHROME2", "RGB", "YBR_FULL"]) {
  test(`${photometric} renders as DCMTK does`, { skip }, async (t) => {
    const samples = photometric.startsWith("MONO") ? 1 : 3;
    const file = makeObject({ edit: (dataSet) => gradient(dataSet, photometric, samples) });
    const own = await rendered(t, file, samples === 1 ? "?window=100,200" : "");
    const { largest } = difference(own.data, dcmtk(t, file, ...(samples === 1 ? ["+Ww", "100", "200"] : [])));
    // DCMTK reckons YBR in whole numbers.
    assert.ok(largest <= (photometric === "YBR_FULL" ? 2 : 1), `largest difference ${largest}`);
  });
}

test("colour by plane renders as DCMTK does", { skip }, async (t) => {
  const file = makeObject({
    edit: (dataSet) => {
      gradient(dataSet, "RGB", 3);
      dataSet.set(0x00280006, "US", 1);
    },
  });
  assert.equal(difference((await rendered(t, file)).data, dcmtk(t, file)).largest, 0);
});

test("palette colour renders as DCMTK does", { skip }, async (t) => {
  const file = makeObject({
    edit: (dataSet) => {
      gradient(dataSet, "PALETTE COLOR", 1);
      for (const i of [0, 1, 2]) {
        const table = Uint8Array.from({ length: 512 }, (_, n) => ((n >> 1) * (i + 1)) & 0xff);
        dataSet.set(0x00281101 + i, "US", [256, 0, 16]).set(0x00281201 + i, "OW", table);
      }
    },
  });
  assert.ok(difference((await rendered(t, file)).data, dcmtk(t, file)).largest <= 1);
});

for (const [what, program, options] of [
  ["RLE", "dcmcrle", []],
  ["JPEG lossless, first order prediction", "dcmcjpeg", ["+e1"]],
  ["JPEG lossless, predictor 6", "dcmcjpeg", ["+el", "+sv", "6"]],
  ["JPEG-LS lossless", "dcmcjpls", []],
] as const) {
  for (const [kind, make] of [
    ["16-bit grey", () => makeObject({ edit: grey16 })],
    ["8-bit grey", () => makeObject({ edit: (dataSet) => gradient(dataSet, "MONOCHROME2", 1) })],
    ["colour", () => makeObject({ edit: (dataSet) => gradient(dataSet, "RGB", 3) })],
  ] as const) {
    test(`${what}, ${kind}: decoded to the very pixels`, { skip }, async (t) => {
      const plain = make();
      const compressed = converted(t, program, plain, ...options);
      const { url } = await stored(t, compressed);
      const frame = await fetch(`${url}/frames/1`, { headers: { accept: "application/octet-stream" } });
      const accept = "application/dicom; transfer-syntax=1.2.840.10008.1.2.1";
      const file = Buffer.from(await (await fetch(url, { headers: { accept } })).arrayBuffer());
      const pixels = pixelsOf(plain);
      assert.ok(Buffer.from(await frame.arrayBuffer()).equals(pixels), "frame differs");
      assert.ok(pixelsOf(file).equals(pixels), "transcoded file differs");
    });
  }
}

function grey16(dataSet: DataSet): void {
  const words = Uint16Array.from({ length: 60 * 40 }, (_, i) => (i * 37) & 0xfff);
  dataSet.set(0x00280010, "US", 60).set(0x00280011, "US", 40).set(0x00280100, "US", 16);
  dataSet.set(0x00280101, "US", 12).set(0x00280102, "US", 11);
  dataSet.set(pixelData, "OW", new Uint8Array(words.buffer));
}

function pixelsOf(file: Buffer): Buffer {
  const header = parseFileHeader(file)!;
  return Buffer.from(readDataSet(file.subarray(header.length), header.transferSyntaxUid).get(pixelData)!.bytes!);
}

for (const [kind, photometric, samples] of [
  ["grey", "MONOCHROME2", 1],
  ["colour", "RGB", 3],
] as const) {
  test(`JPEG baseline, ${kind}: rendered as DCMTK does`, { skip }, async (t) => {
    const plain = makeObject({ edit: (dataSet) => gradient(dataSet, photometric, samples) });
    const compressed = converted(t, "dcmcjpeg", plain, "+eb", "+q", "90");
    const own = await rendered(t, compressed, samples === 1 ? "?window=127.5,255,linear-exact" : "");
    const { largest } = difference(own.data, dcmtk(t, compressed));
    assert.ok(largest <= 3, `largest difference ${largest}`);
  });
}

const jpeg2000 = needSamples("dicom/pydicom-JPEG2000.dcm");
test("a JPEG 2000 sample renders in its size", { skip: jpeg2000 }, async (t) => {
  const { width, height, data } = await rendered(t, sample("pydicom-JPEG2000"));
  assert.deepEqual([width, height], [256, 1024]);
  assert.ok(new Set(data).size > 50, "hardly any grey values");
});
