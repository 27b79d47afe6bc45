/** Every metric of `/metrics`, as the code registers it: for docs/metrics.md and the rules that names keep. */
import { Registry } from "prom-client";
import type { HttpOptions } from "../../src/http/index.ts";
import { metricsOf } from "../../src/http/metrics.ts";

export interface MetricFacts {
  name: string;
  help: string;
  type: string;
  labelNames: readonly string[];
}

/** Registering asks for nothing, so that no archive is needed. */
export function registeredMetrics(): MetricFacts[] {
  const registry = new Registry();
  const nothing = {} as never;
  const parts = {
    gate: nothing,
    behaviour: nothing,
    response: nothing,
    responseFigures: nothing,
    dimseFigures: nothing,
  };
  const options: Pick<HttpOptions, "archive" | "status"> = { archive: nothing, status: () => nothing };
  metricsOf({ ...options, ...parts, registry });
  return registry
    .getMetricsAsArray()
    .map((metric) => metric as unknown as Pick<MetricFacts, "name" | "help"> & Partial<MetricFacts>)
    .map((metric) => {
      const { name, help, type = metric.constructor.name.toLowerCase(), labelNames = [] } = metric;
      return { name, help, type, labelNames };
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** Labels whose values are few and known beforehand: kinds, codes, routes of the server, places in the configuration. */
const bounded = new Set([
  "action",
  "code",
  "effect",
  "kind",
  "method",
  "operation",
  "outcome",
  "replica",
  "route",
  "service",
  "state",
  "status",
  "version",
  "witness",
]);
const units = /_(?:seconds|bytes)(?:_total)?$/;
const otherUnits = /_(?:ms|milliseconds|minutes|hours|kilobytes|megabytes|mib|percent)(?:_|$)/;

/** https://prometheus.io/docs/practices/naming/ */
export function metricViolations(metrics: readonly MetricFacts[]): string[] {
  const found: string[] = [];
  for (const { name, help, type, labelNames } of metrics) {
    const say = (what: string) => found.push(`${name}: ${what}`);
    if (!/^holdfast_[a-z]+(?:_[a-z]+)*$/.test(name)) say("named holdfast_ROOM_WHAT in lower case");
    if (name.endsWith("_total") !== (type === "counter")) say("a counter, and only a counter, ends in _total");
    if (otherUnits.test(name)) say("base units: seconds, bytes");
    if (type === "histogram" && !units.test(name)) say("a histogram names its unit");
    if (!/^.{10,}\.$/.test(help)) say("its help is a sentence");
    for (const label of labelNames) if (!bounded.has(label)) say(`the label ${label} may have any number of values`);
  }
  return found;
}

export function metricsPage(): string {
  const rows = registeredMetrics().map(
    ({ name, help, type, labelNames }) =>
      `| \`${name}\` | ${type} | ${labelNames.map((label) => `\`${label}\``).join(", ")} | ${help} |`,
  );
  return [
    "# Metrics\n",
    "`/metrics` in the text format of Prometheus, for those who run the archive and keys with the scope `metrics`. Labels have",
    "few values, known beforehand: never a patient, a UID, a person or an address. `serve` adds processor, memory and event",
    "loop as `process_…` and `nodejs_…`. What to watch is in [operators.md](operators.md#the-behaviour-engine).\n",
    "| metric | kind | labels | meaning |\n| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
