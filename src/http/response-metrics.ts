/** Figures of response for Prometheus: counts by state, never who. */
import { Gauge, type Registry } from "prom-client";
import { alertStates, type Responder } from "../response/index.ts";

export function responseMetrics(response: Responder, registry: Registry): void {
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
}
