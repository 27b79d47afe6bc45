/** Random data sets for property tests: nested, private, empty and odd values; only what every encoding can hold. */
import fc from "fast-check";
import type { Element } from "../data-set.ts";
import { DataSet } from "../data-set.ts";
import { type Tag, type Vr, vrOf } from "../dictionary/index.ts";

/** Public elements whose VR an implicit encoding finds again. */
const publicTags: Tag[] = [
  0x00080020, 0x00080030, 0x00080060, 0x0008103e, 0x00081050, 0x00100010, 0x00100020, 0x00101010, 0x00104000,
  0x00181114, 0x0018605a, 0x00186020, 0x00189073, 0x0020000d, 0x00200013, 0x00209165, 0x00280010, 0x00280106,
  0x00281201, 0x00400280, 0x0040a160, 0x00420011, 0x300a00b2, 0x30060050, 0x00720067, 0x60003000,
];
const sequences: Tag[] = [0x00081140, 0x0040a730, 0x300a00b0, 0x30060039];
/** In an implicit encoding a private element has no VR of its own. */
const privateTags: Tag[] = [0x00091001, 0x00291010, 0x300b10ff];

const wordSizes: Partial<Record<Vr, number>> = {
  US: 2,
  SS: 2,
  OW: 2,
  AT: 4,
  UL: 4,
  SL: 4,
  FL: 4,
  OF: 4,
  OL: 4,
  FD: 8,
  OD: 8,
  UV: 8,
  SV: 8,
};

const evenBytes = (multiple: number): fc.Arbitrary<Uint8Array> =>
  fc
    .array(fc.uint8Array({ minLength: multiple, maxLength: multiple }), { maxLength: 6 })
    .map((parts) => Buffer.concat(parts));

const leaf: fc.Arbitrary<Element> = fc
  .constantFrom(...publicTags, ...privateTags)
  .chain((tag) => evenBytes(wordSizes[vrOf(tag)] ?? 2).map((bytes) => ({ tag, vr: vrOf(tag), bytes })));

function elements(depth: number): fc.Arbitrary<Element[]> {
  if (depth === 0) return fc.array(leaf, { maxLength: 8 });
  const sequence = fc.record({
    tag: fc.constantFrom(...sequences),
    vr: fc.constant<Vr>("SQ"),
    items: fc.array(dataSet(depth - 1), { maxLength: 3 }),
  });
  const one = fc.oneof({ weight: 5, arbitrary: leaf }, { weight: 1, arbitrary: sequence });
  return fc.array<Element>(one, { maxLength: 8 });
}

function dataSet(depth: number): fc.Arbitrary<DataSet> {
  return elements(depth).map((list) => {
    const made = new DataSet();
    for (const element of list) made.put(element);
    return made;
  });
}

/** A data set that any transfer syntax carries unchanged. */
export const anyDataSet: fc.Arbitrary<DataSet> = dataSet(3);

/** Encapsulated Pixel Data: an offset table, possibly empty, and fragments. */
export const fragments: fc.Arbitrary<Uint8Array[]> = fc
  .tuple(evenBytes(4), fc.array(evenBytes(2), { minLength: 1, maxLength: 5 }))
  .map(([table, parts]) => [table, ...parts]);

/** Bytes cut at random places. */
export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
}

export interface Plain {
  tag: Tag;
  vr: Vr;
  hex?: string;
  items?: Plain[][];
  fragments?: string[];
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** A data set as plain values, for comparison. */
export function plain(dataSet: DataSet): Plain[] {
  return [...dataSet].map(({ tag, vr, bytes, items, fragments }) => ({
    tag,
    vr,
    ...(bytes && { hex: hexOf(bytes) }),
    ...(items && { items: items.map(plain) }),
    ...(fragments && { fragments: fragments.map(hexOf) }),
  }));
}
