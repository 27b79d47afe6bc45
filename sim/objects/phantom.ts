/** The patient's inside: ellipsoids and elliptic cylinders, as slices of stored pixel values and as contours. */
import { Random } from "./random.ts";

export interface Structure {
  number: number;
  name: string;
  /** RT ROI Interpreted Type, PS3.3 C.8.8.8. */
  type: "EXTERNAL" | "PTV" | "CTV" | "ORGAN";
  colour: readonly [number, number, number];
  /** Hounsfield units. */
  density: number;
  /** Centre and half axes, mm; a cylinder along z has no `rz`. */
  x: number;
  y: number;
  z: number;
  rx: number;
  ry: number;
  rz?: number;
}

export interface Grid {
  /** Rows and columns. */
  size: number;
  slices: number;
  /** mm. */
  pixelSpacing: number;
  sliceSpacing: number;
}

const field = 500;
const air = -1000;
/** Stored value = Hounsfield units − this. */
export const rescaleIntercept = -1024;

export function makeGrid(size: number, slices: number): Grid {
  return { size, slices, pixelSpacing: field / size, sliceSpacing: 3 };
}

/** Centre of the first pixel of a slice (from 0), mm. */
export function imagePosition(grid: Grid, slice: number): [number, number, number] {
  const corner = -field / 2 + grid.pixelSpacing / 2;
  return [corner, corner, (slice - (grid.slices - 1) / 2) * grid.sliceSpacing];
}

export function makeStructures(label: string, grid: Grid): Structure[] {
  const random = new Random(`${label}/structures`);
  const reach = (grid.slices * grid.sliceSpacing) / 2;
  const [x, y] = [random.between(-20, 20), random.between(-20, 20)];
  const radius = random.between(22, 38);
  const rz = Math.max(grid.sliceSpacing, Math.min(radius, reach * 0.6));
  const organ = { type: "ORGAN" as const, z: 0 };
  return [
    {
      number: 1,
      name: "BODY",
      type: "EXTERNAL",
      colour: [0, 255, 0],
      density: 20,
      x: 0,
      y: 0,
      z: 0,
      rx: random.between(150, 190),
      ry: random.between(105, 130),
    },
    {
      ...organ,
      number: 2,
      name: "Organ_L",
      colour: [0, 0, 255],
      density: -700,
      x: -80,
      y: -10,
      rx: 42,
      ry: 60,
      rz: reach * 0.8,
    },
    {
      ...organ,
      number: 3,
      name: "Organ_R",
      colour: [0, 128, 255],
      density: -700,
      x: 80,
      y: -10,
      rx: 42,
      ry: 60,
      rz: reach * 0.8,
    },
    { ...organ, number: 4, name: "SpinalCord", colour: [255, 255, 0], density: 45, x: 0, y: 75, rx: 8, ry: 8 },
    {
      number: 5,
      name: "PTV",
      type: "PTV",
      colour: [255, 0, 0],
      density: 55,
      x,
      y,
      z: 0,
      rx: radius,
      ry: radius * 0.9,
      rz,
    },
    {
      number: 6,
      name: "CTV",
      type: "CTV",
      colour: [255, 128, 0],
      density: 65,
      x,
      y,
      z: 0,
      rx: radius - 7,
      ry: radius * 0.9 - 7,
      rz: rz * 0.75,
    },
  ];
}

/** How large a structure is at a height: 0 where it is not, 1 at its widest. */
function scaleAt({ z, rz }: Structure, height: number): number {
  if (rz === undefined) return 1;
  const share = (height - z) / rz;
  return share * share >= 1 ? 0 : Math.sqrt(1 - share * share);
}

/** Points x\y\z of the closed planar contour at a height, mm; undefined where the structure is not. */
export function contourAt(structure: Structure, height: number, points = 64): number[] | undefined {
  const scale = scaleAt(structure, height);
  if (scale < 0.05) return undefined;
  return Array.from({ length: points }, (_, index) => (index / points) * 2 * Math.PI).flatMap((angle) => [
    hundredths(structure.x + structure.rx * scale * Math.cos(angle)),
    hundredths(structure.y + structure.ry * scale * Math.sin(angle)),
    height,
  ]);
}

const hundredths = (value: number): number => Math.round(value * 100) / 100;

/** One sheet of scanner noise per series; each slice starts elsewhere in it. */
export function makeNoise(label: string, grid: Grid): Int16Array {
  const random = new Random(`${label}/noise`);
  return Int16Array.from({ length: grid.size * grid.size }, () => Math.round(random.normal() * 8));
}

/** Stored pixel values of a slice: 16 bits unsigned, 12 in use. */
export function slicePixels(
  grid: Grid,
  structures: readonly Structure[],
  noise: Int16Array,
  slice: number,
): Uint16Array {
  const pixels = new Uint16Array(grid.size * grid.size).fill(air - rescaleIntercept);
  const position = imagePosition(grid, slice);
  for (const structure of structures) fillEllipse(pixels, grid, structure, position);
  const start = (slice * 7919) % noise.length;
  for (let index = 0, from = start; index < pixels.length; index++, from++) {
    if (from === noise.length) from = 0;
    pixels[index]! += noise[from]!;
  }
  return pixels;
}

function fillEllipse(
  pixels: Uint16Array,
  grid: Grid,
  structure: Structure,
  [left, top, height]: readonly number[],
): void {
  const scale = scaleAt(structure, height!);
  const { size, pixelSpacing } = grid;
  const stored = structure.density - rescaleIntercept;
  for (let row = 0; scale > 0 && row < size; row++) {
    const share = (top! + row * pixelSpacing - structure.y) / (structure.ry * scale);
    if (share * share >= 1) continue;
    const half = structure.rx * scale * Math.sqrt(1 - share * share);
    const from = Math.max(0, Math.ceil((structure.x - half - left!) / pixelSpacing));
    const to = Math.min(size, Math.floor((structure.x + half - left!) / pixelSpacing) + 1);
    if (from < to) pixels.fill(stored, row * size + from, row * size + to);
  }
}
