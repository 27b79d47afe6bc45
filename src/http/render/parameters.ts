import { HoldfastError } from "../../core/index.ts";
import type { Viewport, Window } from "./types.ts";

/** The rendering query parameters of PS3.18 8.3.5; `request/invalid` on a malformed value. */
export interface RenderParameters {
  quality: number;
  window?: Window;
  viewport?: Viewport;
}

const defaultQuality = 90;

export function readRenderParameters(query: Record<string, unknown>, maxSide: number): RenderParameters {
  const window = windowIn(text(query, "window"));
  const viewport = viewportIn(text(query, "viewport"), maxSide);
  return {
    quality: qualityIn(text(query, "quality")),
    ...(window ? { window } : {}),
    ...(viewport ? { viewport } : {}),
  };
}

function text(query: Record<string, unknown>, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || typeof value === "string") return value;
  throw new HoldfastError("request/invalid", `${name} may be given once.`);
}

function qualityIn(value: string | undefined): number {
  if (value === undefined) return defaultQuality;
  const quality = /^\d{1,3}$/.test(value) ? Number(value) : 0;
  if (quality < 1 || quality > 100) throw new HoldfastError("request/invalid", "quality must be from 1 to 100.");
  return quality;
}

const shapes: Record<string, Window["shape"]> = {
  linear: "LINEAR",
  "linear-exact": "LINEAR_EXACT",
  sigmoid: "SIGMOID",
};

/** `window=center,width,shape` with shape `linear`, `linear-exact` or `sigmoid`. */
function windowIn(value: string | undefined): Window | undefined {
  if (value === undefined) return undefined;
  const [center, width, shape = "linear", ...more] = value.split(",");
  const named = shapes[shape.toLowerCase().replace("_", "-")];
  const numbers = [Number(center), Number(width)] as const;
  if (
    more.length > 0 ||
    !named ||
    !center ||
    !width ||
    !numbers.every(Number.isFinite) ||
    numbers[1] < (named === "LINEAR" ? 1 : 0)
  ) {
    throw new HoldfastError("request/invalid", "window must be center,width,function.");
  }
  return { center: numbers[0], width: numbers[1], shape: named };
}

/** `viewport=vw,vh[,sx,sy,sw,sh]`; a negative sw or sh mirrors. */
function viewportIn(value: string | undefined, maxSide: number): Viewport | undefined {
  if (value === undefined) return undefined;
  const numbers = value.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const [width = 0, height = 0, x = 0, y = 0, sw, sh] = numbers;
  const given = numbers.length === 2 || numbers.length === 6;
  if (!given || !numbers.every(Number.isFinite) || !isSide(width, maxSide) || !isSide(height, maxSide)) {
    throw new HoldfastError("request/invalid", "viewport must be vw,vh or vw,vh,sx,sy,sw,sh within the limit.");
  }
  if (sw === undefined || sh === undefined) return { width, height };
  if (sw === 0 || sh === 0) throw new HoldfastError("request/invalid", "The viewport's source region is empty.");
  return {
    width,
    height,
    region: { x, y, width: Math.abs(sw), height: Math.abs(sh), flipX: sw < 0, flipY: sh < 0 },
  };
}

function isSide(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max;
}
