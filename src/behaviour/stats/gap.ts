/** When a key was last seen, kept in a table of stride 1 whose float is how often. */
import type { Hash64 } from "./hash.ts";
import type { KeyTable } from "./key-table.ts";

const mostCounted = 100;

/** Seconds since the key was last seen; it now is. */
export function gapOf(table: KeyTable, key: Hash64, time: number): number {
  const row = table.find(key.high, key.low);
  if (row < 0) {
    table.add(key.high, key.low, time);
    return Number.POSITIVE_INFINITY;
  }
  const gap = time - table.seen[row]!;
  table.seen[row] = time;
  table.data[row]! = Math.min(mostCounted, table.data[row]! + 1);
  return gap;
}
