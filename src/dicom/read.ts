/** Reads a whole data set that is in memory. */
import { HoldfastError } from "../core/index.ts";
import type { DataSet } from "./data-set.ts";
import type { ScanLimits } from "./scan-limits.ts";
import { DataSetScanner } from "./scanner.ts";

export type ReadLimits = Pick<ScanLimits, "maxDepth" | "maxElements">;

const maxElements = 1_000_000;

/**
 * Values alias `bytes` where they can.
 * @throws HoldfastError object/* when the bytes are not one whole data set in this transfer syntax.
 */
export function readDataSet(bytes: Uint8Array, transferSyntaxUid: string, limits: ReadLimits = {}): DataSet {
  const unlimited = { maxValueSize: Number.MAX_SAFE_INTEGER, maxTotalSize: Number.MAX_SAFE_INTEGER };
  const whole = { ...unlimited, keepPixelData: true, alias: true };
  const scanner = new DataSetScanner(transferSyntaxUid, { maxElements, ...limits, ...whole });
  scanner.push(bytes);
  const { header, irregular } = scanner.end();
  if (irregular.includes("elements/many")) throw new HoldfastError("object/too-large", "It has too many elements.");
  return header;
}
