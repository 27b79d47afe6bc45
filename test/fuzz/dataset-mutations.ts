/** Damage to the bytes of a data set: at random, and where it hurts a parser most. */
import type { Random } from "./random.ts";

export type Mutation = (bytes: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

const lengths = [0, 1, 2, 3, 7, 8, 12, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
const words = ["feff00e0", "feff0de0", "feffdde0", "fffee000", "fffee00d", "fffee0dd", "e07f1000", "7fe00010"];
const beginnings = ["feff00e0ffffffff", "0800401153510000ffffffff", "08004011ffffffff", "e07f10004f420000ffffffff"].map(
  (hex) => Buffer.from(hex, "hex"),
);
const vrs = ["SQ", "UN", "OB", "OW", "UT", "LO", "US", "ZZ", "\0\0", "a!"];
const characterSets = [
  "ISO_IR 192",
  "GB18030",
  "\\ISO 2022 IR 87",
  "ISO 2022 IR 13\\ISO 2022 IR 149",
  "ISO_IR 7",
  "\\\\",
];

/** Writes over what is there. */
function over(bytes: Buffer, at: number, part: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  copy.set(part.subarray(0, Math.max(0, copy.length - at)), Math.min(at, copy.length));
  return copy;
}

function u32(value: number, bigEndian: boolean): Buffer {
  const bytes = Buffer.alloc(4);
  if (bigEndian) bytes.writeUInt32BE(value);
  else bytes.writeUInt32LE(value);
  return bytes;
}

const even = (random: Random, bytes: Buffer): number => random.below(bytes.length + 1) & ~1;

export const mutations: Record<string, Mutation> = {
  flip: (bytes, random) => {
    const copy = Buffer.from(bytes);
    for (let left = 1 + random.below(8); left > 0 && copy.length > 0; left--)
      copy[random.below(copy.length)]! ^= 1 << random.below(8);
    return copy;
  },
  length: (bytes, random) => over(bytes, even(random, bytes), u32(random.pick(lengths), random.chance(0.2))),
  delimiter: (bytes, random) => over(bytes, even(random, bytes), Buffer.from(random.pick(words), "hex")),
  vr: (bytes, random) => over(bytes, even(random, bytes), Buffer.from(random.pick(vrs), "latin1")),
  characterSet: (bytes, random) => {
    const at = bytes.indexOf("ISO_IR 192");
    return at < 0 ? bytes : over(bytes, at, Buffer.from(random.pick(characterSets).slice(0, 10), "latin1"));
  },
  escape: (bytes, random) =>
    over(bytes, even(random, bytes), Buffer.from(random.pick(["\x1b$B", "\x1b$)C", "\x1b(J", "\x1b-L"]))),
  truncate: (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  remove: (bytes, random) => {
    const at = even(random, bytes);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(40))]);
  },
  insert: (bytes, random) => {
    const at = even(random, bytes);
    return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(24)), bytes.subarray(at)]);
  },
  repeat: (bytes, random) => {
    const [from, size] = [even(random, bytes), 8 + random.below(64)];
    const part = bytes.subarray(from, from + size);
    const times = 1 + random.below(200);
    return Buffer.concat([bytes.subarray(0, from), ...Array.from({ length: times }, () => part), bytes.subarray(from)]);
  },
  splice: (bytes, random, others) => {
    const other = random.pick(others);
    return Buffer.concat([bytes.subarray(0, even(random, bytes)), other.subarray(even(random, other))]);
  },
  /** Sequences, items and Pixel Data that begin and never end. */
  nest: (bytes, random) => {
    const level = Buffer.concat([random.pick(beginnings), random.pick(beginnings)]);
    const at = even(random, bytes);
    const levels = Array.from({ length: random.below(100) }, () => level);
    return Buffer.concat([bytes.subarray(0, at), ...levels, bytes.subarray(at)]);
  },
  noise: (_bytes, random) => random.bytes(random.below(200)),
};

/** One to three mutations, now and then in the beginning alone, where the header is; `note` is told their names. */
export function mutate(
  bytes: Buffer,
  random: Random,
  others: readonly Buffer[],
  note: (name: string) => void = () => {},
): Buffer {
  let damaged = bytes;
  for (let left = 1 + random.below(3); left > 0; left--) {
    const head = random.chance(0.3) ? Math.min(damaged.length, 600) : damaged.length;
    const name = random.pick(Object.keys(mutations));
    note(name);
    damaged = Buffer.concat([mutations[name]!(damaged.subarray(0, head), random, others), damaged.subarray(head)]);
  }
  return damaged;
}
