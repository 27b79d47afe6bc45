/** The department's logs as one stream in order of arrival, with the attack's lines marked beside, not in them. */
import { Agenda } from "./agenda.ts";
import type { Attack, AttackPlan } from "./attacks/attack.ts";
import { AttackRun } from "./attacks/run.ts";
import { Dice } from "./dice.ts";
import type { LogBody } from "./logs/body.ts";
import { lineOf } from "./logs/write.ts";
import type { ClinicParameters } from "./parameters.ts";
import { Recorder, transportOf } from "./recorder.ts";
import { type Announcement, announcementsOf } from "./work/announcements.ts";
import { vendorCloud } from "./work/cloud.ts";
import { corrections } from "./work/corrections.ts";
import { formerPatients } from "./work/former.ts";
import { backup, monitoring, polling, research, tidyingUp } from "./work/nightly.ts";
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
  /** All at once, each by itself: what is not of an attack is the same with any number of them. */
  attacks?: readonly { attack: Attack; plan: AttackPlan }[];
}

export interface LogLine {
  source: LogBody["source"];
  /** ms since 1970. */
  arrival: number;
  /** One line (an audit message has no line feed of its own). */
  text: string;
  /** Number of the attack from 1, 0 for what is none. */
  attack: number;
}

export class ClinicStream implements Iterable<LogLine> {
  readonly department: Department;
  readonly attacks: readonly AttackRun[];
  readonly #options: StreamOptions;
  readonly #agenda = new Agenda();
  readonly #benign: Recorder;

  constructor(options: StreamOptions) {
    this.#options = options;
    const { parameters, seed } = options;
    this.department = new Department(parameters, seed);
    const { calendar } = this.department;
    const recorder = (attack: number): Recorder => {
      const dice = new Dice(`${parameters.name}/${seed}/transport`);
      return new Recorder(this.#agenda, transportOf(parameters, calendar, dice), parameters.archiveTells, attack);
    };
    this.#benign = recorder(0);
    this.attacks = (options.attacks ?? []).map(
      ({ attack, plan }, index) => new AttackRun(attack, plan, this.department, recorder(index + 1)),
    );
  }

  /** What the clinic has announced beforehand, as its administrators would enter it. */
  get announcements(): Announcement[] {
    return announcementsOf(this.department);
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
      yield* this.#lines(calendar.at(day + 1, 0), from);
    }
    yield* this.#lines(Number.POSITIVE_INFINITY, from);
  }

  *#lines(until: number, from: number): Generator<LogLine> {
    for (const { arrival, body, attack } of this.#agenda.takeUntil(until)) {
      if (arrival < from || this.#isSilenced(body.source, arrival)) continue;
      yield { source: body.source, arrival, text: lineOf(body), attack };
    }
  }

  /** Of several attacks none silences the others' lines: who tells them apart asks each of them. */
  #isSilenced(source: LogBody["source"], arrival: number): boolean {
    return this.attacks.length === 1 && this.attacks[0]!.silences(source, arrival);
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
    for (const attack of this.attacks) attack.plan(day);
  }

  #works(): Record<string, Work> {
    return {
      monitoring,
      polling,
      backup,
      vendorCloud,
      machineChecks,
      presence,
      preparation: new Preparation().work,
      treatment,
      oncologists,
      nursesAndClerks,
      chartChecks,
      formerPatients,
      corrections,
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
