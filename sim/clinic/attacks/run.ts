/** One attack on one department: calls it each day it lasts and keeps the truth. */
import type { Recorder } from "../recorder.ts";
import type { Department } from "../world/department.ts";
import type { Attack, AttackPlan, Truth } from "./attack.ts";

export class AttackRun {
  readonly truth: Truth;
  readonly attack: Attack;
  readonly #plan: AttackPlan;
  readonly #department: Department;
  readonly #record: Recorder;
  readonly #budget: { left: number };

  constructor(attack: Attack, plan: AttackPlan, department: Department, record: Recorder) {
    this.attack = attack;
    this.#plan = { ...plan, ...(attack.begins?.(department, plan) ?? beginOf(department, plan)) };
    this.#department = department;
    this.#record = record;
    this.#budget = { left: attack.most };
    this.truth = {
      kind: attack.kind,
      plan: this.#plan,
      begins: department.calendar.at(this.#plan.day, this.#plan.minute),
      identities: new Set(),
      addresses: new Set(),
      techniques: attack.techniques,
      archive: { objects: 0, bytes: 0 },
      silenced: [],
    };
  }

  plan(day: number): void {
    const { plan, truth } = { plan: this.#plan, truth: this.truth };
    if (day === plan.day) truth.archive = this.#department.holdings.totals;
    if (day < plan.day || day >= plan.day + plan.lasts || this.#budget.left <= 0) return;
    this.attack.act({
      department: this.#department,
      record: this.#record,
      day,
      dice: this.#department.dice(`attack/${this.attack.kind}/${plan.seed}/${day}`),
      plan,
      since: day - plan.day,
      notBefore: truth.begins,
      truth,
      budget: this.#budget,
    });
  }

  /** Whether a line of that source and time has been suppressed. */
  silences(source: string, time: number): boolean {
    return this.truth.silenced.some((gap) => gap.source === source && time >= gap.from && time < gap.to);
  }
}

/** Who hides in shifts begins in one. */
function beginOf({ calendar }: Department, { stealth, day, minute }: AttackPlan): { day: number; minute: number } {
  if (stealth < 2) return { day, minute };
  let workday = day;
  while (!calendar.isWorkday(workday)) workday++;
  return { day: workday, minute: 480 + minute / 4 };
}
