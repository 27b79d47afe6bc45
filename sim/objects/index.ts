/** Generated DICOM objects: pure functions of a seed, every name and identifier invented. */
export type { GeneratedObject } from "./attributes.ts";
export type { Interruption } from "./delivery.ts";
export { type RtSetOptions, rtSets } from "./rt-set.ts";
export { type SmallOptions, smallObjects } from "./small.ts";
