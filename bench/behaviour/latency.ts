/** Time an event takes in process, and the memory held, on the simulated clinic: `npm run bench:behaviour -- latency [--days N]`. */
import { parseArgs } from "node:util";
import { ClinicStream, parametersOf, Reader } from "../../sim/clinic/index.ts";
import { EventEngine } from "../../src/behaviour/index.ts";

const { values } = parseArgs({ args: process.argv.slice(3), options: { days: { type: "string", default: "14" } } });
const days = Number(values.days);
const stream = new ClinicStream({ parameters: parametersOf("reference", 1, days), seed: 1 });
const engine = new EventEngine();
const reader = new Reader();
const times: number[] = [];
for (const line of stream) {
  for (const event of reader.read(line)) {
    const began = performance.now();
    engine.assess(event, times.length);
    times.push(performance.now() - began);
  }
}
const sorted = Float64Array.from(times).sort();
const at = (share: number): string => `${(1000 * sorted[Math.floor(share * (sorted.length - 1))]!).toFixed(1)} µs`;
const mean = (1000 * sorted.reduce((sum, each) => sum + each, 0)) / sorted.length;
process.stdout.write(
  `${times.length} events: mean ${mean.toFixed(1)} µs, p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, most ${at(1)}; ` +
    `${(engine.bytes / 2 ** 20).toFixed(1)} MB, snapshot ${(engine.snapshot().length / 2 ** 20).toFixed(1)} MB\n`,
);
