/** What a scan tells of a data set. */
import type { DataSet } from "./data-set.ts";
import type { Tag, Vr } from "./dictionary/index.ts";

export interface PixelDataPlace {
  tag: Tag;
  vr: Vr;
  /** Byte range of the value in the (inflated) data set; for encapsulated data from the first item to the delimiter. */
  offset: number;
  length: number;
  /** Encapsulated: the offset table's item first, then the fragments. */
  fragments?: { offset: number; length: number }[];
}

export interface ScanResult {
  header: DataSet;
  /** Bytes of the (inflated) data set. */
  size: number;
  pixelData?: PixelDataPlace;
  /** Stable codes of what is unusual but readable. */
  irregular: string[];
}
