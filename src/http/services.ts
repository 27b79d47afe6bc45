import type { FastifyRequest } from "fastify";
import type { Archive, OpenArchive } from "../archive/index.ts";
import type { Clock } from "../core/index.ts";
import type { Gate } from "../gate/index.ts";
import type { Responder } from "../response/index.ts";
import type { BehaviourFeed } from "../response/live/index.ts";
import type { Metrics } from "./metrics.ts";
import type { HttpLimits, Log, ServerStatus } from "./options.ts";
import type { Renderer } from "./render/index.ts";
import type { MetadataReader } from "./wado/metadata-reader.ts";

/** What the routes work with; made once by the server. */
export interface Services {
  archive: Archive;
  recovery?: OpenArchive;
  clock: Clock;
  gate: Gate;
  response?: Responder;
  limits: HttpLimits;
  log: Log;
  metrics: Metrics;
  renderer: Renderer;
  metadata: MetadataReader;
  behaviour?: BehaviourFeed;
  status(): ServerStatus;
  boundary(): string;
  /** Scheme and authority for URLs in responses, no slash at the end. */
  baseUrl(request: FastifyRequest): string;
}
