import type { Picture, Viewport } from "../types.ts";

/** Cuts the region out, mirrors it where asked and scales it into the viewport, keeping its proportions (PS3.18 8.3.5.1.3). */
export function applyViewport(picture: Picture, viewport: Viewport | undefined): Picture {
  if (!viewport) return picture;
  const region = viewport.region ?? {
    x: 0,
    y: 0,
    width: picture.width,
    height: picture.height,
    flipX: false,
    flipY: false,
  };
  const cut = crop(picture, region);
  const factor = Math.min(viewport.width / cut.width, viewport.height / cut.height);
  const width = Math.max(1, Math.round(cut.width * factor));
  const height = Math.max(1, Math.round(cut.height * factor));
  if (width === cut.width && height === cut.height) return cut;
  return resample(resample(cut, width, true), height, false);
}

function crop(picture: Picture, region: NonNullable<Viewport["region"]>): Picture {
  const { samples } = picture;
  const x0 = Math.min(Math.max(0, Math.floor(region.x)), picture.width - 1);
  const y0 = Math.min(Math.max(0, Math.floor(region.y)), picture.height - 1);
  const width = Math.max(1, Math.min(Math.round(region.width), picture.width - x0));
  const height = Math.max(1, Math.min(Math.round(region.height), picture.height - y0));
  const whole = width === picture.width && height === picture.height;
  if (whole && !region.flipX && !region.flipY) return picture;
  const pixels = new Uint8Array(width * height * samples);
  for (let y = 0, out = 0; y < height; y++) {
    const row = y0 + (region.flipY ? height - 1 - y : y);
    for (let x = 0; x < width; x++) {
      const column = x0 + (region.flipX ? width - 1 - x : x);
      const at = (row * picture.width + column) * samples;
      for (let s = 0; s < samples; s++) pixels[out++] = picture.pixels[at + s]!;
    }
  }
  return { width, height, samples, pixels };
}

interface Tap {
  from: number;
  weights: number[];
}

/** Scales along one axis: area average when shrinking, linear interpolation when growing. */
function resample(picture: Picture, length: number, alongX: boolean): Picture {
  const source = alongX ? picture.width : picture.height;
  if (source === length) return picture;
  const taps = Array.from({ length }, (_, i) =>
    length < source ? areaTap(i, source, length) : linearTap(i, source, length),
  );
  const { samples } = picture;
  const width = alongX ? length : picture.width;
  const height = alongX ? picture.height : length;
  const pixels = new Uint8Array(width * height * samples);
  const step = (alongX ? 1 : picture.width) * samples;
  for (let y = 0, out = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const tap = taps[alongX ? x : y]!;
      const start = alongX ? (y * picture.width + tap.from) * samples : (tap.from * picture.width + x) * samples;
      for (let s = 0; s < samples; s++) {
        let sum = 0;
        for (let k = 0; k < tap.weights.length; k++) sum += tap.weights[k]! * picture.pixels[start + k * step + s]!;
        pixels[out++] = Math.round(sum);
      }
    }
  }
  return { width, height, samples, pixels };
}

function areaTap(index: number, source: number, length: number): Tap {
  const start = (index * source) / length;
  const end = ((index + 1) * source) / length;
  const from = Math.floor(start);
  const until = Math.min(source, Math.ceil(end));
  const weights: number[] = [];
  for (let i = from; i < until; i++) weights.push((Math.min(end, i + 1) - Math.max(start, i)) / (end - start));
  return { from, weights };
}

function linearTap(index: number, source: number, length: number): Tap {
  const at = Math.min(source - 1, Math.max(0, ((index + 0.5) * source) / length - 0.5));
  const from = Math.min(Math.floor(at), source - 1);
  const part = at - from;
  return from + 1 < source && part > 0 ? { from, weights: [1 - part, part] } : { from, weights: [1] };
}
