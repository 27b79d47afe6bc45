/** Who attacks, what they do, over what, how fast: all follow from the seed. */
import { type MadeObject, makeObject } from "../../test/support/made-object.ts";

export const attackers = ["vendor", "physicist"] as const;
export const deeds = ["overwrite", "encrypt", "delete", "exfiltrate"] as const;
export const protocols = ["dimse", "web"] as const;
export const pixelBytes = 8_192;

export interface Speed {
  name: string;
  /** Acts under way at once. */
  at: number;
  /** ms between two acts. */
  pause: number;
  /** The archive's clock runs so many times as fast as the wall's. */
  clock: number;
}

export const speeds: readonly Speed[] = [
  { name: "four at once", at: 4, pause: 0, clock: 1 },
  { name: "one after another", at: 1, pause: 0, clock: 1 },
  { name: "5 a second", at: 1, pause: 200, clock: 1 },
  { name: "1 a second", at: 1, pause: 1_000, clock: 1 },
  { name: "1 a minute", at: 1, pause: 1_000, clock: 60 },
];

export interface Scenario {
  who: (typeof attackers)[number];
  what: (typeof deeds)[number];
  over: (typeof protocols)[number];
  speed: Speed;
}

/** 16 scenarios and five speeds: 80 seeds in a row meet each pair once. */
export function scenarioOf(seed: number): Scenario {
  const at = seed % (attackers.length * deeds.length * protocols.length);
  return {
    who: attackers[at % 2]!,
    what: deeds[(at >> 1) % deeds.length]!,
    over: protocols[(at >> 3) % protocols.length]!,
    speed: speeds[seed % speeds.length]!,
  };
}

export const isDestructive = ({ what }: Pick<Scenario, "what">): boolean => what !== "exfiltrate";

/** What is stored under the same UIDs: noise for the pixels, other plausible pixels, or none (DIMSE knows no deletion). */
export function damaged({ what }: Scenario, object: MadeObject, index: number, seed: number): Buffer {
  if (what === "delete") return hollow(index);
  const bytes = Buffer.from(object.file);
  let state = (seed * 2_654_435_761 + index) >>> 0;
  for (let i = bytes.length - pixelBytes; i < bytes.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = what === "encrypt" ? state >>> 24 : bytes[i]! + 1 + (i % 7);
  }
  return bytes;
}

export const studies = 20;
export const perStudy = 5;
export const objectsAttacked = studies * perStudy;

const planOf = (index: number) => ({
  patient: `P${Math.floor(index / perStudy) + 1}`,
  study: Math.floor(index / perStudy) + 1,
  instance: (index % perStudy) + 1,
});

export const soundObject = (index: number): MadeObject => makeObject({ ...planOf(index), pixels: pixelBytes });
const hollow = (index: number): Buffer => makeObject({ ...planOf(index), pixels: 0 }).file;

export function bodyOf(file: Buffer): Buffer {
  const head = Buffer.from("\r\n--cut\r\nContent-Type: application/dicom\r\n\r\n");
  return Buffer.concat([head, file, Buffer.from("\r\n--cut--\r\n")]);
}
