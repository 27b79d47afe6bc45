/** Figures of response for Prometheus: counts by state, never who. */
import { Gauge, type Registry } from "prom-client";
import { alertStates, type Responder, type ResponseFigures } from "../response/index.ts";
import { latencyMetric, register } from "./counted.ts";

export function responseMetrics(response: Responder, registry: Registry, figures?: ResponseFigures): void {
  const registers = [registry];
  new Gauge({
    name: "holdfast_alerts",
    help: "Alerts in the inbox, by state.",
    labelNames: ["state"],
    registers,
    collect() {
      for (const state of alertStates)
        this.set({ state }, response.inbox.all().filter((alert) => alert.state === state).length);
    },
  });
  new Gauge({
    name: "holdfast_containments",
    help: "Containments that stand, by action.",
    labelNames: ["action"],
    registers,
    collect() {
      this.reset();
      for (const { action } of response.containments.active()) this.inc({ action });
    },
  });
  new Gauge({
    name: "holdfast_containments_safeguarded",
    help: "Containments that a safeguard made milder, of those kept.",
    registers,
    collect() {
      this.set(response.containments.all().filter(({ because }) => because !== undefined).length);
    },
  });
  new Gauge({
    name: "holdfast_directives",
    help: "What people told the engine and it heeds: verdicts on alerts, planned work.",
    labelNames: ["kind"],
    registers,
    collect() {
      this.set({ kind: "verdict" }, response.verdicts.all().length);
      this.set({ kind: "planned-work" }, response.plannedWorks.all().length);
    },
  });
  if (figures) deliveries(figures, registry);
}

function deliveries(figures: ResponseFigures, registry: Registry): void {
  const help = "From the engine's assessment until the gate has the containment that follows.";
  latencyMetric("holdfast_response_latency_seconds", help, () => figures.latency(), registry);
  new Gauge({
    name: "holdfast_route_waiting",
    help: "Messages that wait to be delivered, by route.",
    labelNames: ["route"],
    registers: [registry],
    collect() {
      for (const [route, waiting] of figures.waiting()) this.set({ route }, waiting);
    },
  });
  const sent = "Messages delivered and tries that failed since the start, by route.";
  const values = () =>
    [...figures.routes].flatMap(([route, { delivered, failed }]) => [
      { labels: { route, outcome: "delivered" }, value: delivered },
      { labels: { route, outcome: "failed" }, value: failed },
    ]);
  const labelNames = ["route", "outcome"];
  register(registry, { name: "holdfast_route_messages_total", help: sent, type: "counter", labelNames, values });
}
