/** A department left in peace for a quarter: every alert is a false one. */
import { ClinicStream, parametersOf, Reader } from "../../../sim/clinic/index.ts";
import { Containment } from "./containment.ts";
import { type Alert, makeEngine } from "./engine.ts";
import { Latency } from "./latency.ts";

export interface Quarter {
  family: string;
  seed: number;
  events: number;
  broken: number;
  weeks: number;
  /** By day of the quarter. */
  alerts: (Alert & { day: number })[];
  /** Automatic containment of a clinical identity. */
  lockOuts: number;
  /** Wall clock of scoring alone, s. */
  seconds: number;
  /** Of an event, µs. */
  p99: number;
}

const day = 86_400_000;

export function benignQuarter(family: string, seed: number, days: number, disabled: readonly string[]): Quarter {
  const stream = new ClinicStream({ parameters: parametersOf(family, seed, days), seed });
  const { calendar } = stream.department;
  const containment = new Containment(stream.department);
  const engine = makeEngine(disabled, stream.announcements);
  const latency = new Latency();
  const reader = new Reader();
  const start = calendar.at(0, 0);
  const quarter: Quarter = {
    family,
    seed,
    events: 0,
    broken: 0,
    weeks: days / 7,
    alerts: [],
    lockOuts: 0,
    seconds: 0,
    p99: 0,
  };
  for (const line of stream) {
    const events = reader.read(line);
    for (const event of events) {
      const began = performance.now();
      for (const alert of engine.assess(event, quarter.events++, line.arrival)) {
        quarter.alerts.push({ ...alert, day: Math.floor((line.arrival - start) / day) });
      }
      const took = (performance.now() - began) * 1000;
      latency.add(took);
      quarter.seconds += took / 1e6;
    }
  }
  quarter.lockOuts = quarter.alerts.filter((alert) => containment.locksOut(alert)).length;
  quarter.p99 = latency.quantile(0.99);
  quarter.broken = reader.broken;
  return quarter;
}
