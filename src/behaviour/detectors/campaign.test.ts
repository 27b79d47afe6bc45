import assert from "node:assert/strict";
import { test } from "node:test";
import { Campaign } from "./campaign.ts";
import { eventAt, feed, limits, restored, strongest, type Told } from "./testing/observe.ts";

const day = 86_400;
/** Nats at which this path alerts at a budget of one a week. */
const alerts = Math.log((4 * 2) / 0.1);
const staff = Array.from({ length: 20 }, (_, n) => `staff${n}`);

const look = (at: number, who: string, patient: string) =>
  eventAt(at, who, "read", {
    protocol: "dicomweb",
    operation: "WADO-RS",
    src_endpoint: { ip: `10.1.0.${staff.indexOf(who)}` },
    resources: [{ level: "study", patient_id: patient }],
  });

/** Days of twenty accounts: patients of these days; two of them look at former ones each day, the others once in two weeks. */
function clinic(detector: Campaign, days: number, from = 0): number {
  let most = 0;
  for (let d = from; d < from + days; d++) {
    if (d % 7 > 4) continue;
    for (const [n, who] of staff.entries()) {
      const told = [feed(detector, look(d * day + n * 60, who, `now${n}`))];
      if (n < 2 || (d + n * 3) % 14 === 0)
        told.push(feed(detector, look(d * day + 7_200 + n * 60, who, `former${d}.${n}`)));
      most = Math.max(most, ...told.map(strongest));
    }
  }
  return most;
}

const learnt = new Campaign(limits);
const ordinary = clinic(learnt, 60);
const fresh = () => restored(new Campaign(limits), learnt);

/** A former patient's study a day by each of the accounts. */
function spread(detector: Campaign, accounts: readonly string[], days: number): Told[] {
  const told: Told[] = [];
  for (let d = 63; d < 63 + days; d++) {
    clinic(detector, 1, d);
    for (const [n, who] of accounts.entries())
      told.push(...feed(detector, look(d * day + 10_000 + n * 1_000, who, `prey${d}.${n}`)));
  }
  return told;
}

test("ordinary days are not told, whatever few accounts do now and then", () => {
  assert.ok(ordinary < alerts, `${ordinary}`);
});

test("one former patient a day by each of ten accounts is told within days, and names them", () => {
  const told = spread(fresh(), staff.slice(5, 15), 4);
  assert.ok(strongest(told) >= alerts, `${strongest(told)}`);
  assert.ok(told.every(({ entity }) => entity === "tenant"));
  assert.match(told.at(-1)!.reason.text, /^1[01] accounts read over dicomweb what nobody had asked for in two weeks/);
});

test("the same by the two whose work it is, or by two others, is no campaign", () => {
  for (const few of [staff.slice(0, 2), staff.slice(5, 7)])
    assert.ok(strongest(spread(fresh(), few, 4)) < alerts, few.join());
});

test("a day that everybody spends on former patients, once a week, becomes ordinary", () => {
  const detector = fresh();
  let most = 0;
  for (let d = 63; d < 63 + 70; d += 7) {
    for (const [n, who] of staff.entries()) {
      const told = strongest(feed(detector, look(d * day + 20_000 + n * 60, who, `audit${d}.${n}`)));
      if (d >= 63 + 49) most = Math.max(most, told);
    }
    clinic(detector, 4, d + 1);
  }
  assert.ok(most < alerts, `${most}`);
});
