export * from "./associate.ts";
export * from "./control.ts";
export * from "./data.ts";
export * from "./reader.ts";
export * from "./reasons.ts";
export * from "./types.ts";
