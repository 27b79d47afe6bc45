/** Import and export: files in, files out. */

export { type ExportedFile, type ExportOptions, type ExportSummary, exportFiles } from "./export/run.ts";
export { noResume, type Resume, resumeIn } from "./import/resume.ts";
export {
  type FileReport,
  type ImportOptions,
  type ImportSummary,
  type Intake,
  importEvent,
  importFiles,
} from "./import/run.ts";
export type { Found, SourceFile } from "./import/source.ts";
export { stowIntake } from "./import/stow.ts";
export { assertPaths, walk } from "./import/walk.ts";
export { defaultZipLimits, type ZipLimits } from "./import/zip.ts";
