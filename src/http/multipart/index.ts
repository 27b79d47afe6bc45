export { type MultipartHandler, type MultipartLimits, MultipartParser } from "./parser.ts";
export { MultipartWriter, randomBoundary } from "./writer.ts";
