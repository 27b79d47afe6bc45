export * from "./errors.ts";
export * from "./event.ts";
export * from "./reclaim.ts";
export * from "./sink.ts";
export * from "./tally.ts";
export * from "./time.ts";
