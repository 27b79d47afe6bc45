/** The whole engine over two months of a small clinic, then one who takes a little every day, and ten who do together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccessEvent } from "../../core/index.ts";
import { EventEngine } from "../event-engine.ts";
import type { EventAlert } from "./alert.ts";

const day = 86_400;
const start = Date.UTC(2026, 1, 2, 7) / 1000;
const staff = Array.from({ length: 14 }, (_, n) => `staff${n}`);
const learntDays = 56;

const look = (at: number, who: string, patient: string): AccessEvent => ({
  time: new Date((start + at) * 1000).toISOString(),
  activity: "read",
  status: "success",
  protocol: "dicomweb",
  operation: "WADO-RS",
  actor: { user: { name: who, role: "physicist" } },
  src_endpoint: { ip: `10.1.0.${staff.indexOf(who)}` },
  resources: [{ level: "study", patient_id: patient, study_uid: `${patient}.1` }],
  count: { objects: 40 },
});

/** A workday: everybody sees ten of the clinic's patients; one account in seven a former one. */
function workday(d: number): AccessEvent[] {
  if (d % 7 > 4) return [];
  return staff.flatMap((who, n) => {
    const own = Array.from({ length: 10 }, (_, k) => look(d * day + k * 1_800 + n * 90, who, `now${(n * 3 + k) % 40}`));
    return (d + n) % 7 === 0 ? [...own, look(d * day + 20_000 + n, who, `former${d}.${n}`)] : own;
  });
}

class Clinic {
  readonly alerts: EventAlert[] = [];
  readonly engine: EventEngine;
  /** Of each account, the score of its latest event. */
  readonly scores = new Map<string, number>();
  #index = 0;

  constructor(disabled: string[] = []) {
    this.engine = new EventEngine({ disabled });
    for (let d = 0; d < learntDays; d++) this.see(workday(d));
  }

  see(events: AccessEvent[]): this {
    for (const event of events.sort((a, b) => a.time.localeCompare(b.time))) {
      const { alarm, score } = this.engine.assess(event, this.#index++);
      this.scores.set(event.actor.user!.name, score);
      if (alarm) this.alerts.push(alarm);
    }
    return this;
  }

  /** Days on which each of these also looks at so many former patients. */
  drip(accounts: readonly string[], perDay: number, days: number): EventAlert[] {
    this.alerts.length = 0;
    for (let d = learntDays; d < learntDays + days; d++) {
      const more = accounts.flatMap((who, n) =>
        Array.from({ length: perDay }, (_, k) =>
          look(d * day + 1_000 + k * 2_900 + n * 400, who, `prey${d}.${n}.${k}`),
        ),
      );
      this.see([...workday(d), ...(d % 7 > 4 ? [] : more)]);
    }
    return this.alerts;
  }
}

test("a few former patients a day are told within days, once, on a path that only asks", () => {
  const alerts = new Clinic().drip(["staff4"], 6, 12).filter(({ evidence }) => evidence.join() === "slow");
  assert.equal(alerts.length, 1, JSON.stringify(alerts));
  const [alert] = alerts;
  assert.deepEqual([alert!.entity, alert!.level, alert!.automatic], ["staff4", "watch", false]);
  assert.ok(alert!.from >= start + learntDays * day && alert!.to < start + (learntDays + 10) * day);
});

test("one former patient a day by each of ten accounts is told once, with the names of all", () => {
  const alerts = new Clinic().drip(staff.slice(2, 12), 1, 12).filter(({ evidence }) => evidence.join() === "campaign");
  assert.equal(alerts.length, 1, JSON.stringify(alerts));
  for (const who of staff.slice(2, 12)) assert.ok(alerts[0]!.actors.includes(who), who);
});

test("what has gathered over days is in the score of an ordinary event", () => {
  const clinic = new Clinic();
  clinic.drip(["staff4"], 6, 9);
  clinic.see(workday(learntDays + 9));
  const [mine, ...others] = ["staff4", "staff5", "staff6", "staff7"].map((who) => clinic.scores.get(who)!);
  assert.ok(
    others.every((score) => score + 5 < mine!),
    `${mine} ${others}`,
  );
});

const paths = (alerts: readonly EventAlert[]): string[] =>
  alerts.flatMap(({ evidence }) => evidence).filter((name) => name === "slow" || name === "campaign");

test("work that was announced counts for nothing, before its end and from its place", () => {
  const announced = (hosts: string[]): string[] => {
    const clinic = new Clinic();
    clinic.engine.announce("", {
      id: "move",
      from: start + learntDays * day,
      to: start + (learntDays + 12) * day,
      names: ["staff4"],
      hosts,
      activities: ["read"],
      reason: "studies move to the new archive",
    });
    return paths(clinic.drip(["staff4"], 6, 12));
  };
  assert.deepEqual(announced(["10.1.0.4"]), []);
  assert.deepEqual(announced(["10.9.0.4"]), ["slow"]);
});

test("somebody new grows into the work of the others, and a new nightly service is told of once at most", () => {
  const clinic = new Clinic();
  for (let d = learntDays; d < learntDays + 35; d++) {
    const share = Math.min(10, 1 + Math.floor((d - learntDays) / 2));
    const own =
      d % 7 > 4 ? [] : Array.from({ length: share }, (_, k) => look(d * day + k * 1_700, "new", `now${k * 3}`));
    const night = Array.from({ length: 60 }, (_, k) => look(d * day + 60_000 + k * 60, "EXPORT", `now${k % 40}`));
    clinic.see([...workday(d), ...own, ...night]);
  }
  const told = clinic.alerts.filter((alert) => paths([alert]).length > 0).map(({ entity }) => entity);
  assert.ok(told.length === 0 || told.join() === "EXPORT", told.join());
});

test("ordinary weeks tell nothing on either path", () => {
  assert.deepEqual(paths(new Clinic().drip([], 0, 28)), []);
});
