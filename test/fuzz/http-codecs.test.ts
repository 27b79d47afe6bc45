import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { DataSet } from "../../src/dicom/index.ts";
import { makeObject } from "../../src/http/testing/objects.ts";
import { need } from "../support/need.ts";
import { fuzzCodecs } from "./http-codecs.fuzz.ts";

const conversions = [["dcmcrle"], ["dcmcjpeg", "+e1"], ["dcmcjpeg", "+eb"], ["dcmcjpls"]] as const;

test("damaged frames are refused and harm no other", { skip: need("dcmcrle", "dcmcjpeg", "dcmcjpls") }, async (t) => {
  const seed = Number(process.env["HOLDFAST_SEED"] ?? Date.now() % 2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const folder = mkdtempSync(join(tmpdir(), "holdfast-codecs-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const plain = join(folder, "plain.dcm");
  const pixels = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i * 31) >> 2);
  const edit = (dataSet: DataSet) => {
    dataSet.set(0x00280010, "US", 64).set(0x00280011, "US", 64).set(0x7fe00010, "OB", pixels);
  };
  writeFileSync(plain, makeObject({ edit }));
  const files = conversions.map(([program, ...options], i) => {
    execFileSync(program, [...options, plain, join(folder, `${i}.dcm`)]);
    return readFileSync(join(folder, `${i}.dcm`));
  });
  const report = await fuzzCodecs(files, seed, 100, 30);
  assert.deepEqual(report.failures, [], `seed ${seed}`);
  assert.equal(report.frames, 100);
});
