import type { FastifyRequest } from "fastify";
import type { Target } from "../archive/index.ts";
import { HoldfastError, type Level, type Resource } from "../core/index.ts";

/** The UIDs of a resource path; absent ones are the wider levels. */
export interface ResourcePath {
  study?: string;
  series?: string;
  instance?: string;
}

/** PS3.5 9.1: at most 64 of digits and dots. Leading zeros in a component, though wrong, are met in old data. */
const uid = /^[0-9]+(\.[0-9]+)*$/;

export function isUid(text: string): boolean {
  return text.length <= 64 && uid.test(text);
}

/** The path parameters of a DICOMweb route; `request/invalid` when one is not a UID. */
export function resourcePath(request: FastifyRequest): ResourcePath {
  const path = request.params as ResourcePath;
  for (const value of [path.study, path.series, path.instance]) {
    if (value !== undefined && !isUid(value))
      throw new HoldfastError("request/invalid", "A UID in the path is malformed.");
  }
  return path;
}

export function levelOf(path: ResourcePath): Level {
  if (path.instance !== undefined) return "instance";
  return path.series !== undefined ? "series" : "study";
}

export function targetOf(path: ResourcePath, at?: number): Target {
  return {
    ...(path.study === undefined ? {} : { studyUid: [path.study] }),
    ...(path.series === undefined ? {} : { seriesUid: [path.series] }),
    ...(path.instance === undefined ? {} : { sopInstanceUid: [path.instance] }),
    ...(at === undefined ? {} : { at }),
  };
}

/** The path as an access event names it. */
export function eventResource(path: ResourcePath): Resource {
  return {
    level: levelOf(path),
    ...(path.study === undefined ? {} : { study_uid: path.study }),
    ...(path.series === undefined ? {} : { series_uid: path.series }),
    ...(path.instance === undefined ? {} : { sop_instance_uid: path.instance }),
  };
}

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/i;

/** `?as-of=RFC3339` as milliseconds since 1970; undefined when absent. A `+` that arrived as a blank is taken as meant. */
export function asOf(request: FastifyRequest): number | undefined {
  const text = (request.query as Record<string, unknown>)["as-of"];
  if (text === undefined) return undefined;
  const at = instantOf(text, "as-of");
  request.access.asOf = at;
  return at;
}

/** An RFC 3339 date and time in ms since 1970. @throws HoldfastError request/invalid naming the parameter */
export function instantOf(text: unknown, name: string): number {
  const repaired = typeof text === "string" ? text.replace(" ", "+") : "";
  const at = instant.test(repaired) ? Date.parse(repaired) : Number.NaN;
  if (Number.isNaN(at)) throw new HoldfastError("request/invalid", `${name} must be one RFC 3339 date and time.`);
  return at;
}
