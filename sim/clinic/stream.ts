/** The department's logs as one stream in order of arrival, with the attack's lines marked beside, not in them. */
import { Agenda } from "./agenda.ts";
import type { Attack, AttackPlan } from "./attacks/attack.ts";
import { AttackRun } from "./attacks/run.ts";
import { Dice } from "./dice.ts";
import type { LogBody } from "./logs/body.ts";
import { lineOf } from "./logs/write.ts";
import type { ClinicParameters } from "./parameters.ts";
import { Recorder, transportOf } from "./recorder.ts";
import { vendorCloud } from "./work/cloud.ts";
import { backup, monitoring, research, tidyingUp } from "./work/nightly.ts";
import { chartChecks, machineChecks, troubleshooting } from "./work/physics.ts";
import { Preparation } from "./work/preparation.ts";
import { migration, newMachine, retagging } from "./work/projects.ts";
import type { Scene, Work } from "./work/scene.ts";
import { treatment } from "./work/treatment.ts";
import { vendorVisits } from "./work/vendor.ts";
import { nursesAndClerks, oncologists, presence, unusualHours } from "./work/visits.ts";
import { Department } from "./world/department.ts";

export interface StreamOptions {
  parameters: ClinicParameters;
  seed: number;
  /** Only the first of them, where the parameters say more. */
  days?: number;
  /** Lines before this day are planned, so that the state is right, but not given. */
  fromDay?: number;
  attack?: { attack: Attack; plan: AttackPlan };
}

export interface LogLine {
  source: LogBody["source"];
  /** ms since 1970. */
  arrival: number;
  /** One line (an audit message has no line feed of its own). */
  text: string;
  hostile: boolean;
}

export class ClinicStream implements Iterable<LogLine> {
  readonly department: Department;
  readonly attack: AttackRun | undefined;
  readonly #options: StreamOptions;
  readonly #agenda = new Agenda();
  readonly #benign: Recorder;

  constructor(options: StreamOptions) {
    this.#options = options;
    const { parameters, seed, attack } = options;
    this.department = new Department(parameters, seed);
    const { calendar } = this.department;
    const transport = (label: string) =>
      transportOf(parameters, calendar, new Dice(`${parameters.name}/${seed}/${label}`));
    this.#benign = new Recorder(this.#agenda, transport("transport"), false);
    const hostile = new Recorder(this.#agenda, transport("transport"), true);
    if (attack) this.attack = new AttackRun(attack.attack, attack.plan, this.department, hostile);
  }

  /** First day that is not given. */
  get days(): number {
    return Math.min(this.#options.days ?? Number.POSITIVE_INFINITY, this.#options.parameters.days);
  }

  *[Symbol.iterator](): Generator<LogLine> {
    const { calendar } = this.department;
    const from = calendar.at(this.#options.fromDay ?? 0, 0);
    const works = this.#works();
    for (let day = 0; day < this.days; day++) {
      this.#plan(day, works);
      for (const { arrival, body, hostile } of this.#agenda.takeUntil(calendar.at(day + 1, 0))) {
        if (arrival < from || this.attack?.silences(body.source, arrival)) continue;
        yield { source: body.source, arrival, text: lineOf(body), hostile };
      }
    }
    for (const { arrival, body, hostile } of this.#agenda.takeUntil(Number.POSITIVE_INFINITY)) {
      yield { source: body.source, arrival, text: lineOf(body), hostile };
    }
  }

  #plan(day: number, works: Record<string, Work>): void {
    for (const [name, work] of Object.entries(works)) {
      const scene: Scene = {
        department: this.department,
        record: this.#benign,
        day,
        dice: this.department.dice(`${name}/${day}`),
      };
      work(scene);
    }
    this.attack?.plan(day);
  }

  #works(): Record<string, Work> {
    return {
      monitoring,
      backup,
      vendorCloud,
      machineChecks,
      presence,
      preparation: new Preparation().work,
      treatment,
      oncologists,
      nursesAndClerks,
      chartChecks,
      tidyingUp,
      unusualHours,
      troubleshooting,
      vendorVisits,
      migration,
      retagging,
      newMachine,
      research,
    };
  }
}
