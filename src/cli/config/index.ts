export { isLoopback } from "./checks.ts";
export { closest } from "./closest.ts";
export { environmentOptions } from "./environment.ts";
export { loadConfig } from "./load.ts";
export { momentOf } from "./moment.ts";
export { configSchema } from "./schema.ts";
export type * from "./types.ts";
export { logLevels } from "./types.ts";
