/** The OpenAPI document of everything served: what each operation needs of the gate, and how refusals look. */
import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import type { FastifyContextConfig } from "fastify";
import { problem } from "./answers/index.ts";
import { dicomWebRoot } from "./resource-url.ts";
import type { Services } from "./services.ts";

const securitySchemes = {
  key: { type: "http", scheme: "bearer", description: "an API key (docs/access.md)" },
  login: { type: "apiKey", in: "cookie", name: "holdfast", description: "a login; changes need X-CSRF-Token too" },
} as const;

export function documentOptions(services: Services): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Holdfast",
        version: services.status().version,
        description:
          "DICOMweb (PS3.18) and the management API. Errors are RFC 9457 problem details with a stable code.",
      },
      components: { securitySchemes },
    },
    transform: ({ schema, url, route }) => {
      const { may } = (route.config ?? {}) as FastifyContextConfig;
      return { url, schema: described(schema as Described, url, may ?? "public") as typeof schema };
    },
  };
}

interface Described {
  hide?: boolean;
  response?: Record<string, unknown>;
}

/** `x-holdfast-action`: the scope that a key needs, and the action that roles are told by. */
function described(schema: Described | undefined, url: string, may: string): object {
  if (schema?.hide || !(url.startsWith("/api/") || url.startsWith(dicomWebRoot))) return schema ?? {};
  const refusal = {
    description: "Problem details (RFC 9457)",
    content: { "application/problem+json": { schema: problem } },
  };
  return {
    ...schema,
    response: { ...schema?.response, "4XX": refusal, "5XX": refusal },
    "x-holdfast-action": may,
    security: may === "public" ? [] : [{ key: [] }, { login: [] }],
  };
}
