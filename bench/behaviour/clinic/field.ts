/**
 * A department that has been learnt for three weeks, and every attack on it, each by itself: the engine's state is
 * restored, and the lines of that attack are merged into the same benign weeks.
 */
import {
  type AttackPlan,
  type AttackRun,
  attackOn,
  attacks,
  ClinicStream,
  parametersOf,
  Reader,
  type Source,
} from "../../../sim/clinic/index.ts";
import type { AccessEvent } from "../../../src/core/index.ts";
import { bare, Containment } from "./containment.ts";
import { type Alert, type Engine, makeEngine } from "./engine.ts";
import { type Outcome, objectsOf } from "./outcome.ts";

export const learntDays = 21;
/** Attacks begin within these days after, and the longest lasts three weeks. */
const beginWithin = 3;
const days = learntDays + beginWithin + 22;
const day = 86_400_000;

interface Timed {
  event: AccessEvent;
  arrival: number;
  source: Source;
}

export interface FieldOptions {
  family: string;
  seed: number;
  disabled: readonly string[];
  /** Whether an attack of that kind, speed (by its place in the grid) and stealth is wanted. */
  wanted(kind: string, speed: number, stealth: number): boolean;
}

export class Field {
  readonly runs: readonly AttackRun[];
  readonly #department: { family: string; seed: number };
  readonly #benign: Timed[] = [];
  readonly #hostile: Timed[][];
  readonly #engine: Engine;
  readonly #learnt: Uint8Array;
  readonly #containment: Containment;
  /** Alerts of the same weeks without any attack: they find none. */
  readonly #ordinary = new Set<string>();
  #index = 0;

  constructor({ family, seed, disabled, wanted }: FieldOptions) {
    this.#department = { family, seed };
    const base = parametersOf(family, seed, days);
    const parameters = { ...base, vendorAnnouncedDays: [9, learntDays + 2] };
    const asked = attacks.flatMap((attack) =>
      attack.speeds.flatMap((speed, place) =>
        attack.stealths
          .filter((stealth) => wanted(attack.kind, place, stealth))
          .map((stealth): { attack: typeof attack; plan: AttackPlan } => ({
            attack,
            plan: attackOn(attack, {
              speed,
              stealth,
              seed,
              earliest: learntDays,
              latest: learntDays + beginWithin - 1,
            }),
          })),
      ),
    );
    const stream = new ClinicStream({ parameters, seed, attacks: asked });
    this.#engine = makeEngine(disabled, stream.announcements);
    this.runs = stream.attacks;
    this.#containment = new Containment(stream.department);
    this.#hostile = asked.map(() => []);
    const reader = new Reader();
    const learnt = stream.department.calendar.at(learntDays, 0);
    for (const line of stream) {
      for (const event of reader.read(line)) {
        const timed = { event, arrival: line.arrival, source: line.source };
        if (line.attack > 0) this.#hostile[line.attack - 1]!.push(timed);
        else if (line.arrival >= learnt) this.#benign.push(timed);
        else this.#engine.assess(event, this.#index++, line.arrival);
      }
    }
    this.#learnt = this.#engine.snapshot();
    let index = this.#index;
    for (const { event, arrival } of this.#benign) {
      for (const alert of this.#engine.assess(event, index++, arrival)) this.#ordinary.add(keyOf(alert));
    }
  }

  /** Runs one attack until it is found, or over for a day. */
  outcome(number: number): Outcome {
    const run = this.runs[number]!;
    const { truth, attack } = run;
    const hostile = this.#hostile[number]!;
    this.#engine.restore(this.#learnt);
    const outcome: Outcome = {
      ...this.#department,
      ...describe(run),
      hostileLines: hostile.length,
      touched: 0,
      bytes: 0,
    };
    const marked = new Set<number>();
    const over = (hostile.at(-1)?.arrival ?? truth.silenced[0]?.to ?? truth.begins) + day;
    let first: number | undefined = truth.silenced[0]?.from;
    let index = this.#index;
    for (const { event, arrival, isHostile } of this.#merged(run, hostile)) {
      if (arrival > over) break;
      if (isHostile) {
        first ??= arrival;
        marked.add(index);
        outcome.touched += objectsOf(event, attack.goal);
        outcome.bytes += attack.goal === "leak" || attack.goal === "access" ? (event.traffic?.bytes_out ?? 0) : 0;
      }
      for (const alert of this.#engine.assess(event, index, arrival)) {
        if (first === undefined || this.#ordinary.has(keyOf(alert)) || !isAbout(alert, run, marked)) continue;
        return { ...outcome, found: this.#found(alert, run, arrival - first) };
      }
      index++;
    }
    return outcome;
  }

  #found(alert: Alert, { truth }: AttackRun, delay: number): NonNullable<Outcome["found"]> {
    const { technique, reasons, names } = alert;
    const explained = truth.techniques.includes(technique) && reasons.length > 0;
    const automatic = this.#containment.acts(alert);
    return { delay: delay / 1000, technique, explained, automatic, entity: names[0] ?? "", reasons };
  }

  *#merged(run: AttackRun, hostile: readonly Timed[]): Generator<Timed & { isHostile: boolean }> {
    let next = 0;
    for (const timed of this.#benign) {
      for (; next < hostile.length && hostile[next]!.arrival <= timed.arrival; next++) {
        yield { ...hostile[next]!, isHostile: true };
      }
      if (!run.silences(timed.source, timed.arrival)) yield { ...timed, isHostile: false };
    }
    for (; next < hostile.length; next++) yield { ...hostile[next]!, isHostile: true };
  }
}

const keyOf = ({ at, names }: Alert): string => `${at} ${names.join()}`;

function describe({
  truth,
  attack,
}: AttackRun): Pick<Outcome, "kind" | "goal" | "unit" | "speed" | "stealth" | "archive"> {
  const { speed, stealth } = truth.plan;
  return { kind: attack.kind, goal: attack.goal, unit: attack.unit, speed, stealth, archive: truth.archive };
}

/** Names the attacker, or has its events among those that it rests on; silence has neither, but a technique. */
function isAbout(alert: Alert, { truth }: AttackRun, marked: ReadonlySet<number>): boolean {
  if (alert.events.some((event) => marked.has(event))) return true;
  if (truth.silenced.length > 0 && truth.techniques.includes(alert.technique)) return true;
  return alert.names.some((name) =>
    [name, bare(name)].some((each) => truth.identities.has(each) || truth.addresses.has(each)),
  );
}
