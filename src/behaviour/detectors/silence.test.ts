import assert from "node:assert/strict";
import { test } from "node:test";
import { Silence } from "./silence.ts";
import { eventAt, feed, type Told } from "./testing/observe.ts";

const hour = 3_600;
const day = 24 * hour;
const says = (at: number, product: string) => eventAt(at, "somebody", "read", { metadata: { product } });

interface Silent {
  from: number;
  to: number;
  products: readonly string[];
}

/** Weeks of two logs, each an entry every `pace` minutes from eight to eighteen on weekdays; `silent` never arrive. */
function run(days: number, silent?: Silent, arrives = (at: number, _product: string) => at, pace = 3): Told[] {
  const detector = new Silence();
  const entries: [arrival: number, at: number, product: string][] = [];
  for (let d = 0; d < days; d++) {
    if (d % 7 > 4) continue;
    for (let minute = 0; minute < 600; minute += pace)
      for (const product of ["OIS", "EHR"]) {
        const at = d * day + minute * 60;
        const isSilent = silent?.products.includes(product) && at >= silent.from && at < silent.to;
        if (!isSilent) entries.push([arrives(at, product), at, product]);
      }
  }
  return entries.sort(([a], [b]) => a - b).flatMap(([, at, product]) => feed(detector, says(at, product)));
}

/**
 * Logs of twenty entries an hour on weekdays. On a Monday some say nothing and the last one only every so many entries; on
 * Tuesday they come back in this order.
 */
function holiday(products: readonly string[], every: number): Told[] {
  const detector = new Silence();
  const told: Told[] = [];
  for (let d = 0; d < 32; d++) {
    if (d % 7 > 4) continue;
    for (let minute = 0; minute < 600; minute += 3) {
      for (const product of products) {
        const speaks = d !== 28 || (product === products.at(-1) && minute % (3 * every) === 0);
        if (speaks) told.push(...feed(detector, says(d * day + minute * 60, product)));
      }
    }
  }
  return told;
}

const thirdMonday = 28 * day;
const gap = { from: thirdMonday + 2 * hour, to: thirdMonday + 8 * hour };

test("nights and weekends are no silence", () => {
  assert.deepEqual(run(40), []);
});

test("a log that stops for hours while another goes on is told when it speaks again, as certain", () => {
  const told = run(30, { ...gap, products: ["OIS"] });
  assert.equal(told.filter(({ invariant }) => invariant).length, 1);
  assert.match(told[0]!.reason.text, /OIS.*6(\.\d)? hours/);
  assert.equal(told[0]!.entity, "tenant");
});

test("a day on which nobody says anything is a holiday", () => {
  assert.deepEqual(run(40, { from: thirdMonday, to: thirdMonday + day, products: ["OIS", "EHR"] }), []);
});

test("a log that is delivered late has no gap", () => {
  const late = (at: number, product: string) => (product === "OIS" && at >= gap.from && at < gap.to ? gap.to : at);
  assert.deepEqual(run(40, undefined, late), []);
});

test("a log that never comes back is missed, once", () => {
  const told = run(40, { from: gap.from, to: 99 * day, products: ["OIS"] });
  assert.equal(told.length, 1);
});

test("three hours of a small log are missed, one hour is not certain", () => {
  const certain = (hours: number, pace: number) =>
    run(30, { from: gap.from, to: gap.from + hours * hour, products: ["OIS"] }, undefined, pace).some(
      ({ invariant }) => invariant,
    );
  assert.deepEqual([certain(3, 8), certain(1, 8), certain(1, 1)], [true, false, false]);
});

test("a holiday is one, whichever log comes back first", () => {
  for (const products of [
    ["OIS", "EHR", "PACS"],
    ["EHR", "OIS", "PACS"],
  ])
    assert.deepEqual(holiday(products, 2), [], products[0]);
});

test("a holiday on which the only other log says a little is one", () => {
  assert.deepEqual(holiday(["OIS", "PACS"], 10), []);
});
