import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { AccessEvent } from "../../core/index.ts";
import { Destruction } from "./destruction.ts";
import { eventAt, feed, limits, restored, saved, strongest, type Told } from "./testing/observe.ts";

const day = 86_400;
const explicit = "1.2.840.10008.1.2.1";
const hex = (text: string) => createHash("sha256").update(text).digest("hex");
const resource = (study: number, index: number) => ({
  level: "instance" as const,
  patient_id: `p${study}`,
  study_uid: `s${study}`,
  sop_instance_uid: `s${study}.${index}`,
});

function stored(
  at: number,
  who: string,
  study: number,
  index: number,
  change?: Partial<AccessEvent["content"]>,
): AccessEvent {
  const pixel_digest = hex(`${study}/${index}`);
  const content = {
    size: 525_000,
    digest: hex(`${at}`),
    transfer_syntax: explicit,
    chi2_min: 4e5,
    chi2_max: 8e5,
    pixel_digest,
  };
  return eventAt(at, who, change ? "update" : "create", {
    operation: "C-STORE",
    resources: [resource(study, index)],
    content: { ...content, ...change } as typeof content,
  });
}
/** Something without pixels, altered. */
const document = (at: number, of: number) =>
  eventAt(at, "PLANNING", "update", { resources: [resource(of, 999)], content: { size: 9_000, digest: hex(`${at}`) } });
const study = (study: number) => [{ level: "study" as const, patient_id: `p${study}`, study_uid: `s${study}` }];
const read = (at: number, who: string, of: number) =>
  eventAt(at, who, "read", { resources: study(of), count: { objects: 100 } });
const removed = (at: number, who: string, of: number) =>
  eventAt(at, who, "delete", { resources: study(of), count: { objects: 100 } });

/** Four weeks: images stored, studies read; the housekeeper deletes eight studies a night, the planner alters a document a day. */
function clinic(): Destruction {
  const detector = new Destruction(limits);
  for (let d = 0; d < 28; d++) {
    for (let i = 1; i <= 30; i++) {
      assert.equal(strongest(feed(detector, stored(d * day + i * 60, "CT1", d, i))), 0);
      feed(detector, read(d * day + 4_000 + i * 300, ["anna", "bert", "carl"][i % 3]!, (d * 7 + i) % (d + 1)));
    }
    feed(detector, document(d * day + 9_000, d));
    for (let i = 0; i < 8; i++) {
      const told = feed(detector, removed(d * day + 60_000 + i * 10, "HOUSEKEEPING", 1_000 + d * 8 + i));
      if (d > 10) assert.ok(strongest(told) < 3, `${d} ${JSON.stringify(told)}`);
    }
  }
  return detector;
}
const learnt = clinic();
const fresh = () => restored(new Destruction(limits), learnt);
const late = 28 * day + 3_600;
const against = (told: Told[]) => strongest(told.filter(({ entity }) => entity === "principal"));
/** After how many events the level is reached. */
function reached(level: number, most: number, event: (i: number) => AccessEvent): number {
  const detector = fresh();
  for (let i = 1; i <= most; i++) if (against(feed(detector, event(i))) >= level) return i;
  return Number.POSITIVE_INFINITY;
}

test("a mass overwrite with other pixels by an account that never did it stands out within ten objects", () => {
  const other = (i: number) => stored(late + i, "anna", i % 28, 1 + (i % 30), { pixel_digest: hex(`other${i}`) });
  assert.ok(reached(12, 10, other) <= 10, `${reached(12, 100, other)}`);
});

test("so does one of objects that were stored before anybody watched, when their bytes are random", () => {
  const unknown = (i: number) =>
    stored(late + i, "anna", 5_000, i, { pixel_digest: hex(`x${i}`), chi2_min: 230, chi2_max: 290 });
  assert.ok(reached(12, 10, unknown) <= 10);
});

test("having read the same study before makes it faster, and is told", () => {
  const other = (i: number) => stored(late + i, "anna", 3, i, { pixel_digest: hex(`other${i}`) });
  const alone = reached(12, 30, other);
  const first = reached(12, 30, (i) => (i === 1 ? read(late, "anna", 3) : other(i - 1))) - 1;
  assert.ok(first < alone, `${first} < ${alone}`);
  const detector = fresh();
  feed(detector, read(late, "anna", 3));
  const told = [1, 2, 3, 4].map((i) => feed(detector, other(i))).at(-1)!;
  assert.match(told[0]!.reason.text, /having read/);
});

test("four thousand objects re-tagged, their pixels as before, are less than ten with others", () => {
  const detector = fresh();
  let most = 0;
  for (let i = 0; i < 4_000; i++) {
    const event = stored(late + i, "RETAG", i % 28, 1 + (i % 30), {});
    most = Math.max(most, against(feed(detector, event, 0, 99)));
  }
  const other = (i: number) => stored(late + i, "anna", i % 28, 1 + (i % 30), { pixel_digest: hex(`other${i}`) });
  const ten = fresh();
  const few = Array.from({ length: 10 }, (_, i) => against(feed(ten, other(i))));
  assert.ok(most / 4_000 < Math.max(...few) / 10 / 10, `${most} for 4,000, ${Math.max(...few)} for 10`);
});

test("the housekeeper's deletions are its habit, the same by anybody else are not; tenfold are not its habit either", () => {
  const night = (who: string, count: number) => {
    const detector = fresh();
    let most = 0;
    for (let i = 0; i < count; i++)
      most = Math.max(most, against(feed(detector, removed(28 * day + 60_000 + i * 10, who, 9_000 + i))));
    return most;
  };
  assert.ok(night("HOUSEKEEPING", 8) < 3);
  assert.ok(night("anna", 8) > 9);
  assert.ok(night("HOUSEKEEPING", 80) > 9);
});

test("nothing is learnt of a flood that was found anomalous: the next is found as early", () => {
  const detector = fresh();
  const flood = (from: number) => {
    for (let i = 1; i <= 200; i++) {
      if (against(feed(detector, removed(from + i, "anna", 20_000 + from + i), 0, 6)) >= 12) return i;
    }
    return Number.POSITIVE_INFINITY;
  };
  const first = flood(late);
  for (let i = 0; i < 500; i++) feed(detector, removed(late + 1_000 + i, "anna", 40_000 + i), 0, 6);
  assert.ok(flood(late + 12 * day) <= first + 1);
});

test("charting in another system overwrites no object", () => {
  const detector = fresh();
  const chart = (i: number) =>
    eventAt(late + i, "anna", "update", { resources: [{ level: "patient", patient_id: `p${i}` }] });
  for (let i = 0; i < 300; i++) assert.deepEqual(feed(detector, chart(i)), []);
});

test("a snapshot continues as the original does; reasons name no patient", () => {
  const [copy, original] = [fresh(), fresh()];
  for (const detector of [copy, original]) {
    for (let i = 0; i < 20; i++) {
      const told = feed(detector, removed(late + i, "anna", i));
      assert.ok(!JSON.stringify(told).includes(`p${i}"`));
    }
  }
  assert.deepEqual(saved(copy), saved(original));
});
