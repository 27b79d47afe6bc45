/**
 * A path of its own to alerts, for evidence that gathers over days.
 *
 * Tests over hours and tests over days do not share a scale: merged with the hour's evidence, a sum over weeks would be
 * new in every hour, and an entity's own tail would take for its custom what it has done for a week. So what a detector
 * reports as lasting is an e-detector of its own (nats = ln M − ln tests a week: false alerts a week are e^−nats at most,
 * Shin, Ramdas & Rinaldo 2022) and is held against a share of the operator's budget of its own, evenly split over the
 * detectors; a ledger like that of the other alerts stands behind it. One alert an entity and campaign: the next one when
 * its evidence was gone in between, or after a month. Amount over days proves no intent: it is never contained by itself,
 * and its risk stays below what graver policies ask for.
 */
import { AlertBudget } from "../alerting/alert-budget.ts";
import type { Evidence } from "../detectors/detector.ts";
import type { Observation } from "../detectors/observation.ts";
import type { Hash64 } from "../stats/hash.ts";
import type { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import { actionFor, type EventAlert, techniqueOf } from "./alert.ts";

/** Days are not exchangeable either: the test is run at this fraction of its budget, as that of hours. */
const margin = 4;
/** Of `nats` to what alerts: above, the events are kept that an alert will list; below, a campaign is over. */
const suspected = 0.5;
const over = 0.25;
const month = 30 * 86_400;
const mostKnown = 4_096;
const eventsKept = 32;
/** A multiple of what alerts counts up to here: a risk of 0.73. */
const mostExcess = 1.9;

interface Known {
  /** Seconds since 1970: of the first event under suspicion, and of the alert, 0 before there is one. */
  from: number;
  told: number;
  events: number[];
}

export class LastingAlerts {
  readonly #level: number;
  readonly #budget: AlertBudget;
  readonly #known = new Map<string, Known>();

  /** @param perWeek alerts a week of this path in all, > 0 @param tests detectors that share it */
  constructor(perWeek: number, tests: number) {
    this.#level = Math.log((margin * tests) / perWeek);
    this.#budget = new AlertBudget(perWeek);
  }

  /** @param evidence lasting, weighed @param isKnown whether somebody has just been told of this principal */
  judge(seen: Observation, evidence: Evidence, entity: Hash64, isKnown: boolean): EventAlert | undefined {
    const { lasting, nats } = evidence;
    const name = `${evidence.entity} ${entity.high} ${entity.low}`;
    const excess = nats / this.#level;
    const known = this.#known.get(name);
    if (excess < suspected) {
      if (excess < over && (known?.told ?? 0) === 0) this.#known.delete(name);
      return undefined;
    }
    const now = known ?? this.#begin(name, seen.time);
    if (now.events.length === eventsKept) now.events.shift();
    now.events.push(seen.index);
    if (excess < 1 || isKnown || (now.told > 0 && seen.time - now.told < month)) return undefined;
    if (!this.#budget.take(seen.time, excess)) return undefined;
    now.told = seen.time;
    return this.#alert(seen, evidence, now, lasting?.actors?.() ?? [], excess);
  }

  #begin(name: string, from: number): Known {
    if (this.#known.size >= mostKnown) this.#known.delete(this.#known.keys().next().value!);
    const known = { from, told: 0, events: [] };
    this.#known.set(name, known);
    return known;
  }

  #alert(
    seen: Observation,
    { entity: kind, reason, nats }: Evidence,
    { from, events }: Known,
    others: readonly string[],
    excess: number,
  ): EventAlert {
    const told = reason();
    const finding = { detector: told.detector, kind, nats, invariant: false, reason: told };
    return {
      entity: kind === "principal" ? seen.actor : kind,
      kind,
      risk: 1 - 2 ** -Math.min(mostExcess, excess),
      test: "cumulative",
      level: "watch",
      automatic: false,
      events: [...events],
      from,
      to: seen.time,
      confidence: Math.min(0.99, 1 - Math.exp(1 - 2 * excess)),
      actors: kind === "principal" ? [seen.actor] : [...others],
      evidence: [told.detector],
      invariant: false,
      reasons: [told],
      technique: techniqueOf([finding], seen.act),
      action: actionFor("watch", kind === "principal" ? seen.actor : others.join(", ")),
    };
  }

  get bytes(): number {
    return this.#known.size * 512;
  }

  save(out: SnapshotWriter): void {
    this.#budget.save(out);
    out.text(JSON.stringify([...this.#known]));
  }

  load(input: SnapshotReader): void {
    this.#budget.load(input);
    this.#known.clear();
    for (const [name, known] of JSON.parse(input.text()) as [string, Known][]) this.#known.set(name, known);
  }
}
