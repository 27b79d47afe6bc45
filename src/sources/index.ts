/** Other systems' logs as events for the behaviour engine. */
export type { AnalyzeOptions, AnalyzeSummary, LineOutput } from "./analysis.ts";
export { analyze, recordFormats } from "./analyze.ts";
export { type InputFile, listFiles } from "./files.ts";
export { type Format, formats } from "./formats/index.ts";
export { type Identities, parseIdentities } from "./identities.ts";
