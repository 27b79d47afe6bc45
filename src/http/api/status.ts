import type { FastifyInstance } from "fastify";
import { defaultTenant } from "../../gate/index.ts";
import { sees, visible } from "../gate/route.ts";
import type { ReplicaStatus } from "../options.ts";
import type { Services } from "../services.ts";

const figure = { type: "integer", minimum: 0 } as const;
const figures = (...names: string[]) => ({
  type: "object",
  properties: Object.fromEntries(names.map((name) => [name, figure])),
});

const endpoint = {
  type: "object",
  properties: {
    host: { type: "string" },
    port: figure,
    aeTitle: { type: "string" },
    tls: { type: "boolean" },
    peers: {
      type: "array",
      items: {
        type: "object",
        properties: {
          callingAeTitle: { type: "string" },
          address: { type: "string" },
          tls: { type: "boolean" },
          since: figure,
          operations: figure,
          bytesIn: figure,
          bytesOut: figure,
        },
      },
    },
  },
};

const schema = {
  tags: ["API"],
  summary: "Health, figures and addresses of this archive",
  response: {
    200: {
      type: "object",
      properties: {
        version: { type: "string" },
        startedAt: { type: "string", format: "date-time" },
        health: { type: "object", properties: { ok: { type: "boolean" }, code: { type: "string" } } },
        archive: figures("patients", "studies", "series", "instances", "versions", "bytes", "journalEntries"),
        dicom: endpoint,
        replicas: {
          type: "array",
          items: {
            type: "object",
            properties: {
              place: { type: "string" },
              entries: figure,
              recoveryPoint: { type: "string", format: "date-time" },
              failures: figure,
              lagSeconds: { type: "number", minimum: 0 },
              alarm: { type: "boolean" },
              code: { type: "string" },
              lockBroken: { type: "array", items: { type: "string" } },
            },
          },
        },
        witnesses: {
          type: "array",
          items: {
            type: "object",
            properties: {
              name: { type: "string" },
              entries: figure,
              time: { type: "string", format: "date-time" },
              failures: figure,
              code: { type: "string" },
              alarm: { type: "boolean" },
            },
          },
        },
        restore: {
          type: "object",
          properties: {
            from: { type: "string" },
            bytes: figure,
            of: figure,
            done: { type: "boolean" },
            failures: figure,
            code: { type: "string" },
            cataloguing: { type: "object", properties: { entries: figure, of: figure } },
          },
        },
        mirror: {
          type: "object",
          properties: {
            from: { type: "string" },
            entries: figure,
            time: { type: "string", format: "date-time" },
            behind: figure,
            lagSeconds: { type: "number", minimum: 0 },
            bytes: figure,
            failures: figure,
            code: { type: "string" },
            alarm: { type: "boolean" },
          },
        },
        http: { ...endpoint, properties: { ...endpoint.properties, connections: figure } },
      },
    },
  },
};

/** `/api/v1/status`: everything a person needs to see that the archive works and to send it the first image. */
export function registerStatus(server: FastifyInstance, services: Services): void {
  server.get("/api/v1/status", { schema, config: { may: "status" } }, async (request) => {
    const { version, startedAt, dicom, http, replicas, witnesses, mirror, restore } = services.status();
    const { principal } = request;
    const runs = sees(principal, defaultTenant);
    const { journalEntries, ...archive } = await request.archive.statistics();
    const connections = await openConnections(server);
    const { ok, code } = services.archive.health();
    return {
      version,
      startedAt: new Date(startedAt).toISOString(),
      health: { ok, ...(code === undefined ? {} : { code }) },
      // One journal, one set of replicas and witnesses: what they count is everybody's.
      archive: { ...archive, ...(runs ? { journalEntries } : {}) },
      ...(dicom ? { dicom: { ...dicom, peers: visible(dicom.peers, principal) } } : {}),
      ...(replicas && runs ? { replicas: replicas.map(replicaOf) } : {}),
      ...(witnesses && runs ? { witnesses: witnesses.map(timed) } : {}),
      ...(mirror && runs ? { mirror: timed(mirror) } : {}),
      ...(restore && runs ? { restore } : {}),
      http: { ...http, connections },
    };
  });
}

function replicaOf({ recoveryPoint, ...replica }: ReplicaStatus) {
  return {
    ...replica,
    ...(recoveryPoint === undefined ? {} : { recoveryPoint: new Date(recoveryPoint).toISOString() }),
  };
}

function timed<T extends { time?: number }>({ time, ...facts }: T) {
  return { ...facts, ...(time === undefined ? {} : { time: new Date(time).toISOString() }) };
}

function openConnections(server: FastifyInstance): Promise<number> {
  return new Promise((resolve, reject) => {
    server.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
