/** Figures that are counted elsewhere and read when they are scraped: prom-client only knows those that it counts itself. */
import type { Metric, Registry } from "prom-client";
import type { Tally } from "../core/index.ts";
import type { Latency } from "../response/live/index.ts";

/** A counter with the labels of a tally. */
export function tallied<Name extends string>(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly Name[],
  read: () => ReturnType<Tally<Record<Name, string>>["all"]>,
): void {
  const values = () => read().map(({ labels, count }) => ({ labels, value: count }));
  register(registry, { name, help, type: "counter", labelNames, values });
}

/** A histogram of ms, shown in seconds. */
export function latencyMetric(name: string, help: string, read: () => Latency, registry: Registry): void {
  const values = () => {
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
  };
  register(registry, { name, help, type: "histogram", values });
}

interface Value {
  value: number;
  labels: Record<string, string | number>;
  metricName?: string;
}

interface Counted {
  name: string;
  help: string;
  type: "counter" | "histogram";
  labelNames?: readonly string[];
  values: () => Value[];
}

export function register(registry: Registry, { labelNames = [], values, ...facts }: Counted): void {
  const get = async () => ({ ...facts, values: values(), aggregator: "sum" });
  registry.registerMetric({ ...facts, labelNames, get, reset: () => {} } as unknown as Metric);
}
