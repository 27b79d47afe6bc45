/** The moments of a day at which an attacker acts: at a rate, with long pauses between, within shifts if stealthy. */
import { at } from "../work/scene.ts";
import type { HostileScene } from "./attack.ts";

/** Minutes of the day in which a stealthy one hides. */
const shift = { from: 8 * 60, to: 17 * 60 } as const;

/**
 * Takes one from the budget for each moment.
 * @param perHour mean while active
 */
export function* moments(scene: HostileScene, perHour: number): Generator<number> {
  const { plan, dice, department, day, budget } = scene;
  const hides = plan.stealth === 2;
  if (hides && !department.calendar.isWorkday(day)) return;
  const begin = Math.max(at(scene, hides ? shift.from : 0), scene.notBefore);
  const end = at(scene, hides ? shift.to : 1440);
  const mean = 3_600_000 / perHour;
  for (
    let time = begin + pause(dice, mean, perHour);
    time < end && budget.left > 0;
    time += pause(dice, mean, perHour)
  ) {
    budget.left--;
    yield time;
  }
}

/** Machines act steadily, hands do not. */
function pause(dice: HostileScene["dice"], mean: number, perHour: number): number {
  return perHour >= 1_000 ? dice.exponential(mean) : mean * dice.logNormal(0.61, 1);
}
