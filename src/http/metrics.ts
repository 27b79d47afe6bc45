import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Archive } from "../archive/index.ts";
import type { BehaviourFeed } from "../response/live/index.ts";
import { behaviourMetrics } from "./behaviour-metrics.ts";
import { copyMetrics } from "./copy-metrics.ts";
import type { ServerStatus } from "./options.ts";

/** Prometheus figures. Labels are routes and status codes only: never a UID, a name or an address. */
export interface Metrics {
  registry: Registry;
  observe(route: string, method: string, status: number, seconds: number): void;
  inProgress(delta: 1 | -1): void;
}

export function makeMetrics(
  archive: Archive,
  status: () => ServerStatus,
  registry = new Registry(),
  behaviour?: BehaviourFeed,
): Metrics {
  const registers = [registry];
  const requests = new Counter({
    name: "holdfast_http_requests_total",
    help: "HTTP requests by route, method and status.",
    labelNames: ["route", "method", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "holdfast_http_request_duration_seconds",
    help: "From the request's first byte to the response's last.",
    labelNames: ["route"],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2, 10, 60],
    registers,
  });
  const active = new Gauge({ name: "holdfast_http_requests_in_progress", help: "Requests in progress.", registers });
  archiveGauges(archive, status, registers);
  if (behaviour) behaviourMetrics(behaviour, registry);
  return {
    registry,
    observe(route, method, code, seconds) {
      requests.inc({ route, method, status: code });
      durations.observe({ route }, seconds);
    },
    inProgress: (delta) => active.inc(delta),
  };
}

/** Figures of the archive, asked for when they are scraped. */
function archiveGauges(archive: Archive, status: () => ServerStatus, registers: Registry[]): void {
  const objects = new Gauge({
    name: "holdfast_archive_objects",
    help: "What is stored, by kind.",
    labelNames: ["kind"],
    registers,
    async collect() {
      const figures = await archive.statistics();
      for (const kind of ["patients", "studies", "series", "instances", "versions"] as const) {
        this.set({ kind }, figures[kind]);
      }
      bytes.set(figures.bytes);
      entries.set(figures.journalEntries);
    },
  });
  const bytes = new Gauge({ name: "holdfast_archive_bytes", help: "Bytes of stored objects.", registers });
  const entries = new Gauge({ name: "holdfast_journal_entries", help: "Entries in the journal.", registers });
  new Gauge({
    name: "holdfast_dicom_associations",
    help: "Open DICOM associations.",
    registers,
    collect() {
      this.set(status().dicom?.peers.length ?? 0);
    },
  });
  new Gauge({
    name: "holdfast_healthy",
    help: "1 when storage is writable and the journal going.",
    registers,
    collect() {
      this.set(archive.health().ok ? 1 : 0);
    },
  });
  copyMetrics(status, registers);
  objects.reset();
}
