import type { FastifyRequest } from "fastify";
import type { Validators } from "./conditional.ts";
import { HttpProblem } from "./problem.ts";

/** Bytes `[start, end)` of a representation. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * The one byte range a request asks for (RFC 9110 section 14.2), undefined for the whole: without a Range field, with
 * other units, several ranges or an If-Range that does not hold. Throws 416 when it lies outside.
 */
export function rangeOf(request: FastifyRequest, size: number, validators: Validators): ByteRange | undefined {
  const field = request.headers.range;
  if (field === undefined || request.method !== "GET") return undefined;
  const condition = request.headers["if-range"] as string | undefined;
  if (condition !== undefined && !holds(condition, validators)) return undefined;
  const match = /^bytes=(\d*)-(\d*)$/.exec(field.trim());
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  const range = resolved(match[1]!, match[2]!, size);
  if (range.start >= range.end) {
    throw new HttpProblem(416, "request/invalid", "The range lies outside.", { "content-range": `bytes */${size}` });
  }
  return range;
}

function resolved(first: string, last: string, size: number): ByteRange {
  if (first === "") return { start: Math.max(0, size - Number(last)), end: size };
  const end = last === "" ? size : Math.min(size, Number(last) + 1);
  return { start: Number(first), end };
}

function holds(condition: string, validators: Validators): boolean {
  if (condition.startsWith('"')) return condition === validators.etag;
  const at = Date.parse(condition);
  return Math.floor(validators.lastModified / 1000) * 1000 === at;
}

/** Status and fields of a single part response, whole or in part. */
export function partialFields(
  range: ByteRange | undefined,
  size: number,
): { status: number; headers: Record<string, string> } {
  if (!range) return { status: 200, headers: { "accept-ranges": "bytes" } };
  return {
    status: 206,
    headers: { "accept-ranges": "bytes", "content-range": `bytes ${range.start}-${range.end - 1}/${size}` },
  };
}
