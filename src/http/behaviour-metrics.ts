/** Prometheus figures of the behaviour engine, read when they are scraped. */
import { Gauge, type Metric, type Registry } from "prom-client";
import type { BehaviourFeed, Latency } from "../response/live/index.ts";

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
    register(registry, full, help, "counter", () => [{ value: value(feed.state()), labels: {} }]);
  }
}

/** A histogram that is counted elsewhere: prom-client only knows those that it counts itself. */
export function latencyMetric(name: string, help: string, read: () => Latency, registry: Registry): void {
  register(registry, name, help, "histogram", () => {
    const { bounds, counts, count, sum } = read();
    let below = 0;
    const buckets = bounds.map((bound, index) => {
      below += counts[index]!;
      return { labels: { le: bound / 1000 }, value: below, metricName: `${name}_bucket` };
    });
    return [
      ...buckets,
      { labels: { le: "+Inf" }, value: count, metricName: `${name}_bucket` },
      { labels: {}, value: sum / 1000, metricName: `${name}_sum` },
      { labels: {}, value: count, metricName: `${name}_count` },
    ];
  });
}

interface Value {
  value: number;
  labels: Record<string, string | number>;
  metricName?: string;
}

function register(
  registry: Registry,
  name: string,
  help: string,
  type: "counter" | "histogram",
  values: () => Value[],
): void {
  const get = async () => ({ name, help, type, values: values(), aggregator: "sum" });
  registry.registerMetric({ name, help, get, reset: () => {} } as unknown as Metric);
}
