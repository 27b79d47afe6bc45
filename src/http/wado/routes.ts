import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Operation } from "../access.ts";
import { dicomWebRoot } from "../resource-url.ts";
import type { Services } from "../services.ts";
import { retrieveBulkData } from "./bulkdata.ts";
import { makeRemove } from "./delete.ts";
import { retrieveFrames } from "./frames.ts";
import { retrieveInstances } from "./instances.ts";
import { retrieveMetadata } from "./metadata.ts";
import { retrieveRendered, retrieveThumbnail } from "./rendered.ts";

const study = `${dicomWebRoot}/studies/:study`;
const series = `${study}/series/:series`;
const instance = `${series}/instances/:instance`;
const levels = [study, series, instance];

type Handler = (services: Services, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** The Retrieve transactions (PS3.18 10.4) and Delete. */
export function registerWado(server: FastifyInstance, services: Services): void {
  const route = (method: "GET" | "DELETE", url: string, operation: string, summary: string, handler: Handler) => {
    const access: Operation = { activity: method === "GET" ? "read" : "delete", operation, protocol: "dicomweb" };
    server.route({
      method,
      url,
      config: { access, may: method === "GET" ? "retrieve" : "delete" },
      schema: { tags: ["DICOMweb"], summary },
      handler: (request, reply) => handler(services, request, reply),
    });
  };
  const remove = makeRemove();
  for (const level of levels) {
    route("GET", level, "WADO-RS", "Retrieve instances", retrieveInstances);
    route("GET", `${level}/metadata`, "WADO-RS metadata", "Retrieve metadata", retrieveMetadata);
    route("GET", `${level}/rendered`, "WADO-RS rendered", "Retrieve as a picture", retrieveRendered);
    route("GET", `${level}/thumbnail`, "WADO-RS thumbnail", "Retrieve as a small picture", retrieveThumbnail);
    route("DELETE", level, "DELETE", "Hide behind a tombstone; nothing is destroyed", remove);
  }
  route("GET", `${instance}/frames/:frames`, "WADO-RS frames", "Retrieve frames", retrieveFrames);
  route(
    "GET",
    `${instance}/frames/:frames/rendered`,
    "WADO-RS rendered",
    "Retrieve frames as pictures",
    retrieveRendered,
  );
  route(
    "GET",
    `${instance}/frames/:frames/thumbnail`,
    "WADO-RS thumbnail",
    "Retrieve a small picture",
    retrieveThumbnail,
  );
  route("GET", `${instance}/bulkdata/*`, "WADO-RS bulkdata", "Retrieve one bulk value", retrieveBulkData);
}
