import assert from "node:assert/strict";
import { test } from "node:test";
import { Slow } from "./slow.ts";
import { eventAt, feed, limits, restored, strongest } from "./testing/observe.ts";

const day = 86_400;
const [physicists, copies] = [1, 2];
/** Nats at which this path alerts at a budget of one a week: −ln of its share. */
const alerts = Math.log((4 * 2) / 0.1);
const patient = (id: number) => [{ level: "patient" as const, patient_id: `p${id}` }];
const mebibyte = 2 ** 20;
const read = (at: number, who: string, id: number) =>
  eventAt(at, who, "read", {
    resources: patient(id),
    traffic: { bytes_out: (who === "COPY" ? 900 : 60 + (id % 7) * 20) * mebibyte },
  });
const physicist = (n: number): string => `physicist${n}`;

/** Forty days: six physicists with ten patients of these days each and, every fifth day, a former one; a nightly copy, ten times as much on Sundays. */
function clinic(days = 40, from = 0, detector = new Slow(limits)): { detector: Slow; most: number } {
  let most = 0;
  const look = (at: number, who: string, id: number, group: number) => {
    most = Math.max(most, strongest(feed(detector, read(at, who, id), group)));
  };
  for (let d = from; d < from + days; d++) {
    for (let n = 0; n < 6; n++) {
      for (let k = 0; k < 10; k++) look(d * day + k * 900 + n, physicist(n), (n * 10 + k) % 60, physicists);
      if ((d + n) % 5 === 0) look(d * day + 10_000 + n, physicist(n), 10_000 + d * 10 + n, physicists);
    }
    for (let k = 0; k < (d % 7 === 6 ? 300 : 30); k++)
      look(d * day + 43_200 + k * 20, "COPY", d % 7 === 6 ? k * 3 : k, copies);
  }
  return { detector, most };
}
const learnt = clinic();
const fresh = () => restored(new Slow(limits), learnt.detector);

/** So many former patients a day, beside the ordinary work. */
function drip(detector: Slow, days: number, perDay: number): number[] {
  return Array.from({ length: days }, (_, d) => {
    clinic(1, 40 + d, detector);
    let most = 0;
    for (let k = 0; k < perDay; k++)
      most = Math.max(
        most,
        strongest(
          feed(detector, read((40 + d) * day + 20_000 + k * 600, physicist(1), 50_000 + d * 100 + k), physicists),
        ),
      );
    return most;
  });
}

test("ordinary days, a weekly bulk and a look at a former patient now and then are not told", () => {
  assert.equal(learnt.most, 0);
});

test("eight former patients a day add up over days; no single day tells", () => {
  const nats = drip(fresh(), 6, 8);
  assert.ok(nats[0]! < 1, nats.join());
  assert.ok(Math.max(...nats) >= alerts, nats.join());
});

test("the same from somebody whose peers all do it is ordinary", () => {
  const detector = new Slow(limits);
  let most = 0;
  for (let d = 0; d < 40; d++)
    for (let n = 0; n < 6; n++)
      for (let k = 0; k < (n === 1 && d < 30 ? 1 : 8); k++)
        most = Math.max(
          most,
          strongest(feed(detector, read(d * day + k * 900 + n, physicist(n), 1_000 * d + n * 100 + k), physicists)),
        );
  assert.ok(most < alerts, `${most}`);
});

test("a reason counts what was seen and what was to be expected", () => {
  const detector = fresh();
  const told = Array.from({ length: 8 * 8 }, (_, i) => {
    const at = (40 + Math.floor(i / 8)) * day + 20_000 + (i % 8) * 600;
    return feed(detector, read(at, physicist(1), 50_000 + i), physicists);
  }).flat();
  const { reason } = told[0]!;
  assert.match(reason.text, /[2-8] active days on end/);
  assert.ok(reason.observed! > 3 * reason.expected!, JSON.stringify(reason));
});

test("a nightly service that always takes other patients is ordinary when it is first known what is dormant", () => {
  const detector = new Slow(limits);
  let most = 0;
  for (let d = 0; d < 30; d++)
    for (let k = 0; k < 60; k++)
      most = Math.max(most, strongest(feed(detector, read(d * day + k * 60, "EXPORT", d * 100 + k), copies)));
  assert.ok(most < 1, `${most}`);
});
