/** Ways to damage encoded data sets: mostly where their structure lies. */
import type { Random } from "./random.ts";

type Mutation = (bytes: Buffer, random: Random) => Buffer;

const numbers = [0, 1, 7, 8, 0x7f, 0xff, 0xfffe, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
const markers = [
  "feff00e0ffffffff",
  "feff0de000000000",
  "feffdde000000000",
  "feff00e000000000",
  "0800401153510000ffffffff",
  "e07f10004f420000ffffffff",
  "1b2442",
].map((hex) => Buffer.from(hex, "hex"));
const vrs = ["SQ", "UN", "OB", "OW", "LO", "PN", "DS", "UI", "US", "FD", "UT", "ZZ", "a\0"];

const place = (bytes: Buffer, random: Random): number => random.below(bytes.length + 1);

function replaced(bytes: Buffer, at: number, length: number, by: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + length)]);
}

function number(random: Random): Buffer {
  const bytes = Buffer.alloc(4);
  if (random.chance(0.8)) bytes.writeUInt32LE(random.pick(numbers));
  else bytes.writeUInt32BE(random.pick(numbers));
  return bytes.subarray(0, random.pick([1, 2, 4]));
}

const mutations: Mutation[] = [
  (bytes, random) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[random.below(copy.length)]! ^= 1 << random.below(8);
    return copy;
  },
  (bytes, random) => {
    const value = number(random);
    return replaced(bytes, place(bytes, random), value.length, value);
  },
  (bytes, random) => replaced(bytes, place(bytes, random), 2, Buffer.from(random.pick(vrs), "latin1")),
  (bytes, random) => replaced(bytes, place(bytes, random), 0, random.pick(markers)),
  (bytes, random) => replaced(bytes, place(bytes, random), 8, random.pick(markers)),
  (bytes, random) => bytes.subarray(0, place(bytes, random)),
  (bytes, random) => replaced(bytes, place(bytes, random), random.below(40), Buffer.alloc(0)),
  (bytes, random) => replaced(bytes, place(bytes, random), 0, random.bytes(random.below(20))),
  (bytes, random) => {
    const from = place(bytes, random);
    return replaced(bytes, place(bytes, random), 0, bytes.subarray(from, from + random.below(200)));
  },
  /** Nested beginnings, many times over. */
  (bytes, random) => {
    const level = Buffer.concat([random.pick(markers), random.pick(markers)]);
    return replaced(
      bytes,
      place(bytes, random),
      0,
      Buffer.concat(Array.from({ length: random.below(100) }, () => level)),
    );
  },
];

/** One to four mutations, one after the other; now and then aimed at the beginning, where the header is. */
export function mutate(bytes: Buffer, random: Random): Buffer {
  let damaged = bytes;
  for (let left = 1 + random.below(4); left > 0; left--) {
    const head = random.chance(0.3) ? Math.min(damaged.length, 600) : damaged.length;
    damaged = Buffer.concat([random.pick(mutations)(damaged.subarray(0, head), random), damaged.subarray(head)]);
  }
  return damaged;
}
