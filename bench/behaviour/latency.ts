/**
 * Time an event takes in process, ordinary and adversarial, and the memory held: `npm run bench:behaviour -- latency
 * [--days N] [--new N]`. First the simulated clinic; then, to the engine that knows it, events in which every name is
 * new. Percentiles are of the wall clock, means of the processor's time of this thread, which other load hardly touches.
 */
import { parseArgs } from "node:util";
import { ClinicStream, parametersOf, Reader } from "../../sim/clinic/index.ts";
import { EventEngine } from "../../src/behaviour/index.ts";
import type { AccessEvent } from "../../src/core/index.ts";
import { everNew } from "./ever-new.ts";

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: { days: { type: "string", default: "14" }, new: { type: "string", default: "300000" } },
});
const engine = new EventEngine();
const batchSize = 1_000;
let index = 0;

interface Cost {
  events: number;
  /** µs of the processor, an event. */
  mean: number;
  text: string;
}

function* clinic(): Iterable<AccessEvent> {
  const reader = new Reader();
  for (const line of new ClinicStream({ parameters: parametersOf("reference", 1, Number(values.days)), seed: 1 }))
    yield* reader.read(line);
}

/** Into the tenant and after the days of the clinic. */
function* adversary(): Iterable<AccessEvent> {
  const offset = Number(values.days) * 86_400_000;
  for (let i = 0; i < Number(values.new); i++) {
    const event = everNew(i, 1);
    yield { ...event, time: new Date(Date.parse(event.time) + offset).toISOString() };
  }
}

function measure(events: Iterable<AccessEvent>): Cost {
  const times: number[] = [];
  let used = 0;
  const assess = (batch: readonly AccessEvent[]): void => {
    const before = process.threadCpuUsage();
    for (const event of batch) {
      const began = performance.now();
      engine.assess(event, index++);
      times.push(1_000 * (performance.now() - began));
    }
    const { user, system } = process.threadCpuUsage(before);
    used += user + system;
  };
  let batch: AccessEvent[] = [];
  for (const event of events) {
    if (batch.push(event) < batchSize) continue;
    assess(batch);
    batch = [];
  }
  assess(batch);
  const sorted = Float64Array.from(times).sort();
  const at = (share: number): string => `${sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1)} µs`;
  const mean = used / times.length;
  const text = `${times.length} events: mean ${mean.toFixed(1)} µs of the processor; p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, most ${at(1)}`;
  return { events: times.length, mean, text };
}

function held(): string {
  const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  return `${megabytes(engine.bytes)}, snapshot ${megabytes(engine.snapshot().length)}`;
}

const ordinary = measure(clinic());
process.stdout.write(`clinic, ${ordinary.text}; ${held()}\n`);
const hostile = measure(adversary());
const ratio = hostile.mean / ordinary.mean;
process.stdout.write(`ever new names, ${hostile.text}; ${held()}; ${ratio.toFixed(1)} times an ordinary event\n`);
