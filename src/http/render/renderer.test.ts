import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { decode } from "fast-png";
import { defaultHttpLimits } from "../options.ts";
import { makeObject } from "../testing/objects.ts";
import { startServer } from "../testing/server.ts";
import { jpeg2000Size, jpegSize } from "./decode/codestream.ts";
import { encodeJpeg } from "./encode/jpeg.ts";
import { encodePng } from "./encode/png.ts";
import { readRenderParameters } from "./parameters.ts";
import { windowed } from "./pipeline/grayscale.ts";
import { applyViewport } from "./pipeline/scale.ts";
import { Renderer } from "./renderer.ts";
import type { ImageDescription } from "./types.ts";

const image: ImageDescription = {
  transferSyntaxUid: "1.2.840.10008.1.2.1",
  rows: 2,
  columns: 2,
  samples: 1,
  photometric: "MONOCHROME2",
  planar: false,
  bitsAllocated: 8,
  bitsStored: 8,
  signed: false,
  slope: 1,
  intercept: 0,
};
const png = { mediaType: "image/png", quality: 90 } as const;

function renderer(t: TestContext, limits = {}): Renderer {
  const made = new Renderer({ ...defaultHttpLimits, ...limits });
  t.after(() => made.close());
  return made;
}

test("window functions meet PS3.3 C.11.2.1.2 at their edges", () => {
  const linear = windowed({ center: 2048, width: 4096, shape: "LINEAR" });
  assert.deepEqual([0, 2048, 4095].map(linear), [0, 128, 255]);
  const one = windowed({ center: 0.5, width: 1, shape: "LINEAR" });
  assert.deepEqual([-1, 0, 1].map(one), [0, 0, 255]);
  const exact = windowed({ center: 100, width: 200, shape: "LINEAR_EXACT" });
  assert.deepEqual([0, 100, 200, 300].map(exact), [0, 128, 255, 255]);
  assert.equal(windowed({ center: 5, width: 10, shape: "SIGMOID" })(5), 128);
});

test("signed values, unused high bits and rescaling", async (t) => {
  const signed = { ...image, bitsAllocated: 16, bitsStored: 12, signed: true, slope: 2, intercept: -10 } as const;
  // 12-bit two's complement with dirt above: -1, 0, 1, -2048.
  const frame = new Uint8Array(Uint16Array.of(0x7fff, 0xf000, 0x0001, 0x5800).buffer);
  const window = { center: -10, width: 4, shape: "LINEAR_EXACT" } as const;
  const { bytes } = await renderer(t).render(signed, frame, { ...png, window });
  assert.deepEqual([...(decode(bytes).data as Uint8Array)], [0, 128, 255, 0]);
});

test("a picture is cut, mirrored and fitted into its viewport", () => {
  const picture = { width: 4, height: 2, samples: 1 as const, pixels: Uint8Array.of(0, 10, 20, 30, 40, 50, 60, 70) };
  const region = { x: 1, y: 0, width: 2, height: 2, flipX: true, flipY: false };
  assert.deepEqual([...applyViewport(picture, { width: 2, height: 2, region }).pixels], [20, 10, 60, 50]);
  const small = applyViewport(picture, { width: 2, height: 9 });
  assert.deepEqual([small.width, small.height, ...small.pixels], [2, 1, 25, 45]);
  const large = applyViewport(picture, { width: 8, height: 8 });
  assert.deepEqual([large.width, large.height, large.pixels[0]], [8, 4, 0]);
});

test("an independent reader reads the PNG", () => {
  for (const samples of [1, 3] as const) {
    const pixels = Uint8Array.from({ length: 35 * samples }, (_, i) => i * 7);
    const read = decode(encodePng({ width: 7, height: 5, samples, pixels }));
    assert.deepEqual(
      [read.width, read.height, read.channels, ...(read.data as Uint8Array)],
      [7, 5, samples, ...pixels],
    );
  }
});

test("any picture becomes a JPEG, however small or noisy", async () => {
  for (const [width, height, samples] of [
    [1, 1, 1],
    [4, 4, 3],
    [128, 128, 1],
    [64, 64, 3],
  ] as const) {
    const pixels = Uint8Array.from({ length: width * height * samples }, (_, i) => (i * 7919) >> 3);
    const jpeg = await encodeJpeg({ width, height, samples, pixels }, 100);
    assert.deepEqual(jpegSize(jpeg), { rows: height, columns: width, samples, bits: 8 });
    assert.equal(Buffer.from(jpeg).subarray(-2).toString("hex"), "ffd9");
  }
});

test("parameters outside the standard's syntax are refused", () => {
  const side = defaultHttpLimits.renderedSide;
  assert.deepEqual(readRenderParameters({ window: "40,400,sigmoid", viewport: "10,20,1,2,-3,4", quality: "7" }, side), {
    quality: 7,
    window: { center: 40, width: 400, shape: "SIGMOID" },
    viewport: { width: 10, height: 20, region: { x: 1, y: 2, width: 3, height: 4, flipX: true, flipY: false } },
  });
  for (const wrong of [
    { window: "1" },
    { window: "1,2,cubic" },
    { window: "a,b" },
    { window: "1,0" },
    { viewport: "0,5" },
    { viewport: "1,2,3" },
    { viewport: "99999,5" },
    { viewport: "5,5,0,0,0,5" },
    { quality: "0" },
    { quality: "101" },
    { quality: ["1", "2"] },
  ]) {
    assert.throws(() => readRenderParameters(wrong, side), { code: "request/invalid" }, JSON.stringify(wrong));
  }
});

test("a size that lies is refused before anything is reserved", async (t) => {
  const made = renderer(t);
  const huge = { ...image, rows: 65_535, columns: 65_535 };
  await assert.rejects(made.render(huge, new Uint8Array(4), png), { code: "render/limit" });
  await assert.rejects(made.render({ ...image, rows: 100 }, new Uint8Array(4), png), { code: "render/failed" });
});

test("a codestream that disagrees with the data set is refused", async (t) => {
  const made = renderer(t);
  const sizes = Buffer.from(
    "ff4fff5100290000000100000001000000000000000000000001000000010000000000000000000000010701010000",
    "hex",
  );
  assert.deepEqual(jpeg2000Size(sizes), { rows: 65_536, columns: 65_536, samples: 1, bits: 8 });
  const jpeg = Buffer.from("ffd8ffc0000b08ffffffff01011100ffd9", "hex");
  assert.deepEqual(jpegSize(jpeg), { rows: 65_535, columns: 65_535, samples: 1, bits: 8 });
  for (const [transferSyntaxUid, bytes] of [
    ["1.2.840.10008.1.2.4.90", sizes],
    ["1.2.840.10008.1.2.4.50", jpeg],
    ["1.2.840.10008.1.2.4.70", jpeg],
    ["1.2.840.10008.1.2.4.80", jpeg],
    ["1.2.840.10008.1.2.5", Buffer.alloc(70)],
  ] as const) {
    await assert.rejects(made.decode({ ...image, transferSyntaxUid }, new Uint8Array(bytes)), {
      code: "render/failed",
    });
  }
  const { bytes } = await made.decode(image, Uint8Array.of(1, 2, 3, 4));
  assert.deepEqual([...bytes], [1, 2, 3, 4], "the worker goes on");
});

test("a job beyond its time is ended, and the next one gets a new thread", async (t) => {
  const made = renderer(t, { renderTimeout: 1 });
  const large = { ...image, rows: 4000, columns: 4000 };
  await assert.rejects(made.render(large, new Uint8Array(16_000_000), png), { code: "render/limit" });
  const patient = renderer(t);
  assert.equal((await patient.decode(image, new Uint8Array(4))).bytes.length, 4);
});

test("what is no image is not acceptable, what is asked in another form neither", async (t) => {
  const { store, web } = await startServer(t);
  await store(makeObject({ edit: (dataSet) => dataSet.delete(0x7fe00010) }));
  const url = `${web}/studies/1.2.3/series/1.2.3.1/instances/1.2.3.1.1`;
  for (const [path, accept] of [
    ["/rendered", "image/png"],
    ["/thumbnail", "*/*"],
    ["/frames/1", "*/*"],
    ["/rendered", "image/gif"],
  ] as const) {
    const response = await fetch(url + path, { headers: { accept } });
    assert.equal(response.status, 406, path);
    assert.match(((await response.json()) as { code: string }).code, /^(render\/unsupported|request\/not-acceptable)$/);
  }
});
