import type { FastifyInstance } from "fastify";
import { HoldfastError, rfc3339 } from "../../core/index.ts";
import { quantile } from "../../response/live/index.ts";
import type { Services } from "../services.ts";

const figure = { type: "integer", minimum: 0 } as const;
const moment = { type: "string", format: "date-time" } as const;
const milliseconds = { type: ["number", "null"], description: "milliseconds; null: none yet, or beyond 5 s" } as const;

const schema = {
  tags: ["API"],
  summary: "The behaviour engine that watches this archive: how far it is and how long it takes",
  response: {
    200: {
      type: "object",
      properties: {
        running: { type: "boolean" },
        code: { type: "string", description: "why it does not run" },
        restarts: figure,
        position: { ...figure, description: "sequence number of the next journal entry to be assessed" },
        lag: { ...figure, description: "durable journal entries that wait" },
        events: { ...figure, description: "assessed since the journal's first entry" },
        failed: { ...figure, description: "events that the engine could not take" },
        remarks: { ...figure, description: "events at alert level" },
        alerts: figure,
        memory: { ...figure, description: "bytes that the engine's tables hold" },
        snapshot: { ...figure, description: "journal entries that the last durable snapshot covers" },
        lastEvent: { ...moment, description: "time of the latest event" },
        lastAssessed: moment,
        lastAlert: moment,
        latency: {
          type: "object",
          description: "from the end of an operation to its assessment, since the start",
          properties: { count: figure, p50: milliseconds, p99: milliseconds },
        },
      },
    },
  },
};

/** `/api/v1/behaviour`: the state of the engine; names nobody. */
export function registerBehaviour(server: FastifyInstance, services: Services): void {
  server.get("/api/v1/behaviour", { schema, config: { may: "metrics" } }, () => {
    if (!services.behaviour) throw new HoldfastError("request/not-found");
    const { latency, lastEvent, lastAssessed, lastAlert, ...state } = services.behaviour.state();
    const times = { lastEvent, lastAssessed, lastAlert };
    return {
      ...state,
      ...Object.fromEntries(
        Object.entries(times).flatMap(([name, time]) => (time === undefined ? [] : [[name, rfc3339(time)]])),
      ),
      latency: { count: latency.count, p50: shown(quantile(latency, 0.5)), p99: shown(quantile(latency, 0.99)) },
    };
  });
}

function shown(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
