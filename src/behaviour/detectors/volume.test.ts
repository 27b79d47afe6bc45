import assert from "node:assert/strict";
import { test } from "node:test";
import { Destruction } from "./destruction.ts";
import { eventAt, feed, limits, restored, type Told } from "./testing/observe.ts";
import { Volume } from "./volume.ts";

const day = 86_400;
const staff = Array.from({ length: 10 }, (_, n) => `staff${n}`);

const change = (at: number, who: string, study: string) =>
  eventAt(at, who, "update", {
    resources: [{ level: "instance", study_uid: study, sop_instance_uid: `${study}.${at}` }],
  });

/** Twenty days in which each of ten accounts deletes an object and changes one every other hour. */
function learnt<T extends Volume | Destruction>(detector: T): T {
  for (let d = 0; d < 20; d++) {
    for (let hour = 0; hour < 10; hour += 2) {
      for (const [n, who] of staff.entries()) {
        const at = d * day + hour * 3_600 + n * 60;
        feed(detector, change(at, who, `1.2.${at}`), 0, Number.POSITIVE_INFINITY);
        feed(detector, eventAt(at + 10, who, "delete"), 0, Number.POSITIVE_INFINITY);
      }
    }
  }
  return detector;
}

const volume = learnt(new Volume(limits));
const destruction = learnt(new Destruction(limits));
const against = (told: readonly Told[], entity: string): number =>
  told.reduce((most, each) => (each.entity === entity ? Math.max(most, each.nats) : most), 0);

/** Deletions within an hour or so, by turns. @returns the last account's */
function deletions(detector: Volume | Destruction, by: readonly string[], count: number): Told[] {
  let told: Told[] = [];
  for (let i = 0; i < count; i++) told = feed(detector, eventAt(20 * day + i * 10, by[i % by.length]!, "delete"));
  return told;
}

for (const [name, fresh] of [
  ["volume", () => restored(new Volume(limits), volume)],
  ["destruction", () => restored(new Destruction(limits), destruction)],
] as const) {
  test(`${name}: a flood by one account is its own and nobody else's; the same by all is everybody else's too`, () => {
    const alone = deletions(fresh(), ["staff3"], 300);
    assert.ok(against(alone, "principal") > 10, `${against(alone, "principal")}`);
    assert.equal(against(alone, "tenant"), 0);
    assert.ok(against(deletions(fresh(), staff, 300), "tenant") > 10);
  });
}

test("volume: a series that is sent again is one piece of work, as many studies are many", () => {
  const nats = (study: (i: number) => string): number => {
    const detector = restored(new Volume(limits), volume);
    let most = 0;
    for (let i = 0; i < 150; i++)
      most = Math.max(most, against(feed(detector, change(20 * day + i * 0.3, "staff3", study(i))), "principal"));
    return most;
  };
  const [series, studies] = [nats(() => "1.2.9"), nats((i) => `1.2.9.${i}`)];
  assert.ok(studies > 10 * series, `${series} nats of one series, ${studies} of 150 studies`);
});
