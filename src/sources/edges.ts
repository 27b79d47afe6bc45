/**
 * `--format edges`: CSV (comma, semicolon or tab) with source, destination and time; further columns are never read.
 * A first line of column names is understood (source/src…, destination/dst…, time/timestamp…), in any order.
 */
import { InstantReader } from "./instant.ts";

/** One edge as byte ranges into its line; valid during the callback only. */
export interface EdgeRecord {
  bytes: Uint8Array;
  sourceStart: number;
  sourceEnd: number;
  targetStart: number;
  targetEnd: number;
  timeStart: number;
  timeEnd: number;
  /** Seconds. */
  seconds: number;
  /** The time is a count of ticks, not a point in time. */
  tick: boolean;
}

const columnNames = {
  source: /^(source|src|from|actor|user|src_?(ip|addr|computer|host)|srcaddr|source[ _]?(ip|host|computer))$/i,
  target:
    /^(destination|dst|dest|target|to|object|dst_?(ip|addr|computer|host)|dstaddr|dest(ination)?[ _]?(ip|host|computer))$/i,
  time: /^(time|timestamp|ts|minute|second|start_?time|stime|date)$/i,
};

export class EdgeParser {
  readonly record: EdgeRecord = {
    bytes: new Uint8Array(0),
    sourceStart: 0,
    sourceEnd: 0,
    targetStart: 0,
    targetEnd: 0,
    timeStart: 0,
    timeEnd: 0,
    seconds: 0,
    tick: false,
  };
  readonly #instants: InstantReader;
  #separator = 0;
  #columns = { source: 0, target: 1, time: 2 };
  #last = 2;

  constructor(tickSeconds: number) {
    this.#instants = new InstantReader(tickSeconds);
  }

  /** @returns `edge` when `record` holds one, `header` for a line of column names */
  parse(bytes: Uint8Array, start: number, end: number): "edge" | "header" | "broken" | "empty" {
    if (start === end) return "empty";
    const isFirst = this.#separator === 0;
    if (isFirst) this.#separator = separatorOf(bytes, start, end);
    const isEdge = this.#split(bytes, start, end);
    if (isFirst && !isEdge && this.#header(bytes, start, end)) return "header";
    return isEdge ? "edge" : "broken";
  }

  #split(bytes: Uint8Array, start: number, end: number): boolean {
    const { record } = this;
    const { source, target, time } = this.#columns;
    record.bytes = bytes;
    let column = 0;
    let from = start;
    for (let i = start; i <= end; i++) {
      if (i < end && bytes[i] !== this.#separator) continue;
      let a = from;
      let b = i;
      while (a < b && isPadding(bytes[a]!)) a++;
      while (b > a && isPadding(bytes[b - 1]!)) b--;
      if (column === source) {
        record.sourceStart = a;
        record.sourceEnd = b;
      } else if (column === target) {
        record.targetStart = a;
        record.targetEnd = b;
      } else if (column === time) {
        record.timeStart = a;
        record.timeEnd = b;
      }
      from = i + 1;
      if (column++ === this.#last) break;
    }
    if (column <= this.#last) return false;
    if (record.sourceStart === record.sourceEnd || record.targetStart === record.targetEnd) return false;
    record.seconds = this.#instants.read(bytes, record.timeStart, record.timeEnd);
    record.tick = this.#instants.tick;
    return !Number.isNaN(record.seconds);
  }

  #header(bytes: Uint8Array, start: number, end: number): boolean {
    const names = Buffer.from(bytes.subarray(start, end)).toString("utf8").split(String.fromCharCode(this.#separator));
    const find = (pattern: RegExp) => names.findIndex((name) => pattern.test(name.replace(/["\uFEFF]/g, "").trim()));
    const columns = {
      source: find(columnNames.source),
      target: find(columnNames.target),
      time: find(columnNames.time),
    };
    if (Math.min(columns.source, columns.target, columns.time) < 0) return !/[0-9]/.test(names.slice(0, 3).join(""));
    this.#columns = columns;
    this.#last = Math.max(columns.source, columns.target, columns.time);
    return true;
  }
}

function separatorOf(bytes: Uint8Array, start: number, end: number): number {
  const line = bytes.subarray(start, end);
  for (const separator of [0x2c, 0x09, 0x3b]) if (line.includes(separator)) return separator;
  return 0x2c;
}

/** Space and double quote. */
function isPadding(byte: number): boolean {
  return byte === 0x20 || byte === 0x22;
}
