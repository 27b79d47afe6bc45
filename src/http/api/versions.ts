import type { FastifyInstance } from "fastify";
import { HoldfastError, rfc3339 } from "../../core/index.ts";
import type { Services } from "../services.ts";
import { eventResource, resourcePath } from "../target.ts";

const version = {
  type: "object",
  properties: {
    version: { type: "integer" },
    current: { type: "boolean" },
    storedAt: { type: "string", format: "date-time" },
    deletedAt: { type: "string", format: "date-time" },
    digest: { type: "string", description: "SHA-256 of the data set, hex" },
    size: { type: "integer", description: "Bytes of the Part 10 file" },
    transferSyntaxUid: { type: "string" },
  },
};

/** Which versions of one instance exist, oldest first, deleted ones included. */
export function registerVersions(server: FastifyInstance, _services: Services): void {
  server.get(
    "/api/v1/studies/:study/series/:series/instances/:instance/versions",
    {
      config: { may: "query", access: { activity: "read", operation: "versions", protocol: "api" } },
      schema: {
        tags: ["API"],
        summary: "The versions of an instance",
        response: { 200: { type: "object", properties: { versions: { type: "array", items: version } } } },
      },
    },
    async (request) => {
      const path = resourcePath(request);
      request.access.resources = [eventResource(path)];
      const all = await request.archive.versions(path.instance!);
      const versions = all.filter((one) => one.studyUid === path.study && one.seriesUid === path.series);
      if (versions.length === 0) throw new HoldfastError("request/not-found");
      return {
        versions: versions.map((one) => ({
          version: one.version,
          current: one.current,
          storedAt: rfc3339(one.storedAt),
          ...(one.deletedAt === undefined ? {} : { deletedAt: rfc3339(one.deletedAt) }),
          digest: one.digest,
          size: one.headerSize + one.dataSetSize,
          transferSyntaxUid: one.transferSyntaxUid,
        })),
      };
    },
  );
}
