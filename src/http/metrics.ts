import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Archive } from "../archive/index.ts";
import { behaviourMetrics } from "./behaviour-metrics.ts";
import { copyMetrics } from "./copy-metrics.ts";
import { dimseMetrics, gateMetrics } from "./gate-metrics.ts";
import { keyMetrics } from "./key-metrics.ts";
import type { HttpOptions, ServerStatus } from "./options.ts";
import { responseMetrics } from "./response-metrics.ts";

/** Prometheus figures. Labels are routes and status codes only: never a UID, a name or an address. */
export interface Metrics {
  registry: Registry;
  observe(route: string, method: string, status: number, seconds: number): void;
  inProgress(delta: 1 | -1): void;
  /** Something was read as it was at a moment of the past. */
  pastRead(route: string): void;
  /** A report of damage or an undo, and how many objects it put back. */
  recovered(operation: "damage" | "undo plan" | "undo", outcome: "success" | "failure", objects?: number): void;
}

export type Measured = Pick<
  HttpOptions,
  | "archive"
  | "recovery"
  | "status"
  | "registry"
  | "gate"
  | "behaviour"
  | "response"
  | "responseFigures"
  | "dimseFigures"
>;

/** The metrics of all rooms. */
export function metricsOf(options: Measured): Metrics {
  const { archive, gate, status, registry = new Registry(), behaviour, response, responseFigures } = options;
  archiveGauges(archive, status, [registry]);
  keyMetrics(options.recovery, [registry]);
  gateMetrics(gate, registry);
  if (options.dimseFigures) dimseMetrics(options.dimseFigures, registry);
  if (behaviour) behaviourMetrics(behaviour, registry);
  if (response) responseMetrics(response, registry, responseFigures);
  return httpMetrics(registry);
}

function httpMetrics(registry: Registry): Metrics {
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
  const pastReads = new Counter({
    name: "holdfast_http_past_reads_total",
    help: "Reads with as-of, by route.",
    labelNames: ["route"],
    registers,
  });
  const recoveries = new Counter({
    name: "holdfast_recovery_operations_total",
    help: "Reports of damage, plans of an undo and undos, by outcome.",
    labelNames: ["operation", "outcome"],
    registers,
  });
  const restored = new Counter({
    name: "holdfast_recovery_objects_total",
    help: "Objects that undos put back.",
    registers,
  });
  return {
    registry,
    observe(route, method, code, seconds) {
      requests.inc({ route, method, status: code });
      durations.observe({ route }, seconds);
    },
    inProgress: (delta) => active.inc(delta),
    pastRead: (route) => pastReads.inc({ route }),
    recovered(operation, outcome, objects = 0) {
      recoveries.inc({ operation, outcome });
      restored.inc(objects);
    },
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
    name: "holdfast_build_info",
    help: "Always 1; its label is the version that runs.",
    labelNames: ["version"],
    registers,
    collect() {
      this.set({ version: status().version }, 1);
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
