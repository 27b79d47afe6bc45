/** Holds real replies of the API to its OpenAPI document. */
import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { FastifyInstance } from "fastify";

interface Operation {
  responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
}

const ajv = formats.default(new Ajv2020({ strict: false, allErrors: true }));

/** Fails when a reply is not as documented. Returns what replied, `GET /api/v1/alerts 200`; undefined for no JSON. */
export function replyChecker(server: FastifyInstance) {
  const document = server.swagger() as unknown as ApiDocument;
  const templates = Object.keys(document.paths).map((path) => ({ path, pattern: patternOf(path) }));
  // A literal path goes before one with a parameter in its place.
  templates.sort((one, other) => one.path.split("{").length - other.path.split("{").length);
  return (method: string, url: string, status: number, type: string | null, body: string): string | undefined => {
    const path = url.split("?")[0]!;
    const found = templates.find(({ pattern }) => pattern.test(path))?.path;
    const operation = found === undefined ? undefined : document.paths[found]?.[method.toLowerCase()];
    if (!operation || !type?.includes("json") || !path.startsWith("/api/v1/") || path.endsWith("openapi.json"))
      return undefined;
    const answer = operation.responses[String(status)] ?? operation.responses[`${String(status)[0]}XX`];
    const schema = answer?.content?.[type.split(";")[0]!]?.schema;
    assert.ok(schema, `${method} ${found} ${status} ${type} is not documented`);
    const isValid = ajv.compile(schema);
    assert.ok(isValid(JSON.parse(body)), `${method} ${found} ${status}: ${ajv.errorsText(isValid.errors)}\n${body}`);
    return `${method} ${found} ${status}`;
  };
}

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{[^}]+\}/g, "[^/]+")}$`);
