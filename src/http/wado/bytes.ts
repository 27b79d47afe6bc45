import type { ObjectReader } from "../../archive/index.ts";
import { gather } from "../send.ts";

/** Data set bytes `[start, end)` in one piece; for short stretches. */
export function readRange(reader: ObjectReader, start: number, end: number): Promise<Buffer> {
  return gather(reader.dataSet(start, end), end - start);
}
