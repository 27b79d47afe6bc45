/** What happens, live: server-sent events (WHATWG HTML 9.2), resumed behind the id in Last-Event-ID. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { HoldfastError } from "../../core/index.ts";
import type { Approval, Principal } from "../../gate/index.ts";
import type { Happening, Responder } from "../../response/index.ts";
import { shownBy } from "../gate/authorize.ts";
import { sees } from "../gate/route.ts";
import { securityHeaders } from "../guard.ts";
import type { Services } from "../services.ts";
import { maySee } from "./visible.ts";

/** Streams at once, all clients together. */
const mostStreams = 64;
/** ms; keeps the connection from being taken for idle. */
const heartbeat = 10_000;
/** A client further behind than this many bytes is cut off, and resumes. */
const mostUnsent = 4 * 1024 * 1024;

export function registerStream(server: FastifyInstance, services: Services, response: Responder): void {
  const open = new Map<FastifyReply["raw"], Follower>();
  server.addHook("preClose", async () => {
    for (const raw of open.keys()) raw.end();
  });
  const { approvals } = services.gate.grants;
  approvals.onChange((id) => {
    for (const follower of open.values()) follower.remind(approvals.get(id));
  });
  server.get(
    "/api/v1/stream",
    {
      config: { may: "alerts.read", access: { activity: "admin", operation: "GET /stream", protocol: "api" } },
      schema: {
        tags: ["Management"],
        summary:
          "Alerts and containments as they change (text/event-stream), resumable by Last-Event-ID; and that approvals did",
        response: {
          200: { description: "Server-sent events", content: { "text/event-stream": { schema: { type: "string" } } } },
        },
      },
    },
    (request, reply) => {
      if (open.size >= mostStreams) throw new HoldfastError("request/busy", `${mostStreams} streams are open.`);
      const from = resumeAt(request, response);
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, { ...securityHeaders, "content-type": "text/event-stream", "x-accel-buffering": "no" });
      raw.write("retry: 1000\n\n");
      open.set(raw, follow(request, raw, services, response, from));
      raw.once("close", () => open.delete(raw));
    },
  );
}

interface Follower {
  /** What waits for a second person has changed. The event tells no more, and has no number: the list is in the API. */
  remind(approval: Approval | undefined): void;
}

function follow(
  request: FastifyRequest,
  raw: FastifyReply["raw"],
  { gate }: Services,
  response: Responder,
  from: number,
): Follower {
  /** Whoever loses the right to see loses the stream. */
  const reader = (): Principal | undefined => {
    const { principal } = gate.resolve(shownBy(request));
    return gate.decide(principal, "alerts.read").effect === "permit" ? principal : undefined;
  };
  const tell = (happening: Happening) => {
    const now = reader();
    if (!now || raw.writableLength > mostUnsent) raw.destroy();
    else if (maySee(now, happening)) raw.write(eventOf(happening));
  };
  for (const happening of response.since(from)) tell(happening);
  const leave = response.subscribe(tell);
  const beat = setInterval(() => {
    if (reader()) raw.write(": still here\n\n");
    else raw.destroy();
  }, heartbeat).unref();
  raw.once("close", () => {
    clearInterval(beat);
    leave();
  });
  return {
    remind(approval) {
      const now = reader();
      if (!now || (approval && !sees(now, approval.tenant))) return;
      if (gate.permitted(now).includes("approvals.read")) raw.write("event: approvals\ndata: {}\n\n");
    },
  };
}

/** Without an id: from now on. @throws HoldfastError request/invalid */
function resumeAt(request: FastifyRequest, response: Responder): number {
  const asked = request.headers["last-event-id"] ?? (request.query as { after?: unknown }).after;
  if (asked === undefined) return response.lastSeq;
  if (typeof asked !== "string" || !/^\d{1,15}$/.test(asked))
    throw new HoldfastError("request/invalid", "Last-Event-ID is the number of an event.");
  return Number(asked);
}

function eventOf(happening: Happening): string {
  const data = happening.type === "alert" ? happening.alert : happening.containment;
  return `id: ${happening.seq}\nevent: ${happening.type}\ndata: ${JSON.stringify(data)}\n\n`;
}
