/** Reads a whole data set that is in memory. */
import type { DataSet } from "./data-set.ts";
import { DataSetScanner, type ScanLimits } from "./scanner.ts";

export type ReadLimits = Pick<ScanLimits, "maxDepth" | "maxElements">;

/**
 * Values alias `bytes` where they can.
 * @throws HoldfastError object/* when the bytes are not one whole data set in this transfer syntax.
 */
export function readDataSet(bytes: Uint8Array, transferSyntaxUid: string, limits: ReadLimits = {}): DataSet {
  const unlimited = { maxValueSize: Number.MAX_SAFE_INTEGER, maxTotalSize: Number.MAX_SAFE_INTEGER };
  const whole = { ...unlimited, keepPixelData: true, alias: true };
  const scanner = new DataSetScanner(transferSyntaxUid, { maxElements: 5_000_000, ...limits, ...whole });
  scanner.push(bytes);
  return scanner.end().header;
}
