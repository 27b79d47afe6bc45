import type { FastifyRequest } from "fastify";
import type { InstanceRef } from "../../archive/index.ts";
import { HoldfastError } from "../../core/index.ts";
import { asOf, eventResource, resourcePath, targetOf } from "../target.ts";

/** The instances a request addresses, now, at `?as-of=` or in one `?version=`; notes them for the access event. */
export async function select(request: FastifyRequest): Promise<InstanceRef[]> {
  const path = resourcePath(request);
  const resource = eventResource(path);
  request.access.resources = [resource];
  const at = asOf(request);
  const target = targetOf(path, at);
  const version = versionOf(request);
  if (version !== undefined) {
    if (path.instance === undefined) throw new HoldfastError("request/invalid", "version applies to one instance.");
    target.version = version;
    resource.version = version;
  }
  const refs = await request.archive.resolve(target);
  if (refs.length === 0) throw new HoldfastError("request/not-found");
  request.archive.assertHere(refs);
  resource.patient_id = refs[0]!.patientId;
  if (path.instance !== undefined) resource.sop_class_uid = refs[0]!.sopClassUid;
  return refs;
}

/** It asks for a moment or a version. */
export function isOfThePast(request: FastifyRequest): boolean {
  const query = request.query as Record<string, unknown>;
  return query["as-of"] !== undefined || query["version"] !== undefined;
}

function versionOf(request: FastifyRequest): number | undefined {
  const text = (request.query as Record<string, unknown>)["version"];
  if (text === undefined) return undefined;
  if (typeof text !== "string" || !/^[1-9]\d{0,8}$/.test(text)) {
    throw new HoldfastError("request/invalid", "version must be a whole number.");
  }
  return Number(text);
}
