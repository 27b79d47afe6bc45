/** Prometheus figures of the behaviour engine, read when they are scraped. */
import { Gauge, type Registry } from "prom-client";
import type { BehaviourFeed } from "../response/live/index.ts";
import { latencyMetric, register } from "./counted.ts";

export function behaviourMetrics(feed: BehaviourFeed, registry: Registry): void {
  counter("events", "Events assessed since the journal's first entry.", ({ events }) => events);
  counter("failed_events", "Events that the engine could not take.", ({ failed }) => failed);
  counter("remarks", "Events at alert level.", ({ remarks }) => remarks);
  counter("alerts", "Alerts raised.", ({ alerts }) => alerts);
  gauge("up", "1 when the engine runs.", ({ running }) => (running ? 1 : 0));
  gauge("lag_entries", "Durable journal entries that wait to be assessed.", ({ lag }) => lag);
  gauge("memory_bytes", "Bytes that the engine's tables hold.", ({ memory }) => memory);
  gauge("snapshot_position", "Journal entries that the last snapshot covers.", ({ snapshot }) => snapshot);
  const help = "From the end of an operation to its assessment.";
  latencyMetric("holdfast_behaviour_latency_seconds", help, () => feed.state().latency, registry);

  type State = ReturnType<BehaviourFeed["state"]>;
  function gauge(name: string, help: string, value: (state: State) => number): void {
    new Gauge({
      name: `holdfast_behaviour_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value(feed.state()));
      },
    });
  }
  function counter(name: string, help: string, value: (state: State) => number): void {
    const full = `holdfast_behaviour_${name}_total`;
    register(registry, {
      name: full,
      help,
      type: "counter",
      values: () => [{ value: value(feed.state()), labels: {} }],
    });
  }
}
