/** The virtual radiotherapy department and its attackers: seeded, deterministic, raw logs only. */
export { type Attack, type AttackPlan, attackOn, attacks, type Stealth, type Truth } from "./attacks/index.ts";
export type { AttackRun } from "./attacks/run.ts";
export { families, familiesFor, type Purpose, parametersOf, purposes, seedFor } from "./families.ts";
export { type Source, sources } from "./logs/body.ts";
export type { ClinicParameters } from "./parameters.ts";
export { Reader } from "./reader.ts";
export { ClinicStream, type LogLine } from "./stream.ts";
export type { Announcement } from "./work/announcements.ts";
