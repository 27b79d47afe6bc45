import { createHash } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { InstanceRef } from "../archive/index.ts";

/** Validators of a representation (RFC 9110 section 8.8). */
export interface Validators {
  etag: string;
  lastModified: number;
}

/**
 * `variant` tells apart representations of the same objects (media type, transfer syntax). Multipart ones are weak:
 * their boundary differs each time.
 */
export function validatorsOf(refs: readonly InstanceRef[], variant: string, weak = false): Validators {
  const lastModified = refs.reduce((latest, ref) => Math.max(latest, ref.storedAt), 0);
  const prefix = weak ? "W/" : "";
  if (refs.length === 1) return { etag: `${prefix}"${refs[0]!.digest}-${variant}"`, lastModified };
  const hash = createHash("sha256");
  for (const ref of refs) hash.update(ref.digest);
  return { etag: `${prefix}"${hash.digest("hex")}-${variant}"`, lastModified };
}

export function validatorFields(validators: Validators): Record<string, string> {
  return { etag: validators.etag, "last-modified": new Date(validators.lastModified).toUTCString() };
}

/** Has the client this representation already (If-None-Match, else If-Modified-Since)? */
export function isNotModified(request: FastifyRequest, validators: Validators): boolean {
  const tags = request.headers["if-none-match"];
  if (tags !== undefined) return tags.trim() === "*" || listed(tags, validators.etag);
  const since = request.headers["if-modified-since"];
  if (since === undefined) return false;
  const at = Date.parse(since);
  return !Number.isNaN(at) && Math.floor(validators.lastModified / 1000) * 1000 <= at;
}

function listed(tags: string, etag: string): boolean {
  return tags.split(",").some((tag) => opaque(tag.trim()) === opaque(etag));
}

/** Weak comparison (RFC 9110 section 8.8.3.2). */
function opaque(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}
