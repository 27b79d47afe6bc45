/** The DICOM standard, pure: data elements, Part 10, the JSON model. */
export { CharacterSet } from "./charset.ts";
export type { Element } from "./data-set.ts";
export { DataSet, type Value } from "./data-set.ts";
export { isPrivate, keywordOf, type Tag, tagFrom, tagOf, tagText, type Vr, vmOf, vrOf } from "./dictionary/index.ts";
export { guessHeaderless, type Headerless } from "./headerless.ts";
export { type DicomJson, elementJson, fromDicomJson, type JsonElement, type JsonOptions, toDicomJson } from "./json.ts";
export { dicomJsonText } from "./json-text.ts";
export { type FileHeader, type FileHeaderFields, makeFileHeader, type Preamble, parseFileHeader } from "./part10.ts";
export { type ReadLimits, readDataSet } from "./read.ts";
export type { ScanLimits } from "./scan-limits.ts";
export type { PixelDataPlace, ScanResult } from "./scan-result.ts";
export { DataSetScanner } from "./scanner.ts";
export * from "./uids/index.ts";
export { writeDataSet } from "./write.ts";
