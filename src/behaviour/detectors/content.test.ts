import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AccessEvent, Content as ContentFacts } from "../../core/index.ts";
import { Content } from "./content.ts";
import { eventAt, feed, limits, restored, saved, strongest } from "./testing/observe.ts";

const ct = "1.2.840.10008.5.1.4.1.1.2";
const explicit = "1.2.840.10008.1.2.1";
const jpegLs = "1.2.840.10008.1.2.4.80";

function stored(
  at: number,
  who: string,
  facts: Partial<ContentFacts>,
  activity: AccessEvent["activity"] = "create",
): AccessEvent {
  return eventAt(at, who, activity, {
    operation: "C-STORE",
    resources: [{ level: "instance", patient_id: "p", study_uid: "s", sop_instance_uid: `${at}`, sop_class_uid: ct }],
    content: { size: 500_000, digest: "00", transfer_syntax: explicit, preamble: "zero", ...facts },
  });
}
const refused = (at: number, who: string, status_detail: string) =>
  eventAt(at, who, "create", { status: "failure", status_detail, count: { failed: 1 } });

/** Spread without randomness: 0 to 1. */
const spread = (i: number) => ((i * 7_919) % 1_000) / 1_000;
const windows = (i: number, low: number, high: number) => ({
  chi2_min: low * Math.exp(spread(i) * 0.8),
  chi2_max: high * Math.exp(spread(i + 500) * 0.8),
});
const plain = (i: number) => windows(i, 300_000, 900_000);
const compressed = (i: number) => ({ ...windows(i, 520, 1_400), transfer_syntax: jpegLs });

/** Ten days: uncompressed and compressed images, one in a thousand cut off, some makers' odd lengths. */
function clinic(): Content {
  const detector = new Content(limits);
  for (let i = 0; i < 6_000; i++) {
    const facts = i % 3 === 0 ? compressed(i) : plain(i);
    const odd = i % 50 === 0 ? { irregular: ["length/odd"] } : {};
    const told = feed(detector, stored(i * 140, i % 2 ? "CT1" : "PACS", { ...facts, ...odd }));
    if (i > 500) assert.ok(strongest(told) < 4.5, `${i} ${JSON.stringify(told)}`);
    if (i % 1_000 === 999) feed(detector, refused(i * 140 + 1, "CT1", "object/truncated"));
  }
  return detector;
}
const learnt = clinic();
const late = 6_000 * 140 + 3_600;
function reached(level: number, most: number, event: (i: number) => AccessEvent): number {
  const detector = restored(new Content(limits), learnt);
  for (let i = 1; i <= most; i++) if (strongest(feed(detector, event(i))) >= level) return i;
  return Number.POSITIVE_INFINITY;
}
const cipher = (i: number) => 215 + spread(i) * 90;

test("ciphertext in uncompressed images stands out at once: whole, with sound header, or in one window of eight", () => {
  assert.ok(reached(12, 10, (i) => stored(late + i, "CT1", { chi2_min: cipher(i), chi2_max: cipher(i + 1) })) <= 3);
  assert.ok(reached(12, 10, (i) => stored(late + i, "CT1", { ...plain(i), chi2_min: cipher(i) })) <= 3);
});

test("partial encryption that the windows meet in every third object is found within fifteen", () => {
  const partial = (i: number) => stored(late + i, "CT1", { ...plain(i), ...(i % 3 === 0 && { chi2_min: cipher(i) }) });
  assert.ok(reached(12, 60, partial) <= 15, String(reached(12, 60, partial)));
});

test("compressed images are judged by their own range: theirs is ordinary, ciphertext is not", () => {
  const detector = restored(new Content(limits), learnt);
  for (let i = 0; i < 500; i++) assert.ok(strongest(feed(detector, stored(late + i, "PACS", compressed(i)))) < 4.5);
  const whole = (i: number) =>
    stored(late + i, "PACS", { chi2_min: cipher(i), chi2_max: cipher(i + 1), transfer_syntax: jpegLs });
  assert.ok(reached(12, 30, whole) <= 15, String(reached(12, 30, whole)));
});

test("a thousand sound objects buy no trust for what follows", () => {
  const detector = restored(new Content(limits), learnt);
  for (let i = 0; i < 1_000; i++) feed(detector, stored(late + i, "CT1", plain(i)));
  const told = [1, 2, 3].map((i) =>
    strongest(feed(detector, stored(late + 2_000 + i, "CT1", { ...plain(i), chi2_min: cipher(i) }))),
  );
  assert.ok(Math.max(...told) >= 12);
});

test("a new compression is learnt by its first objects and does not alarm", () => {
  const detector = restored(new Content(limits), learnt);
  const most = Array.from({ length: 300 }, (_, i) =>
    strongest(
      feed(detector, stored(late + i, "CT1", { ...windows(i, 900, 2_500), transfer_syntax: "1.2.840.10008.1.2.4.90" })),
    ),
  );
  assert.ok(Math.max(...most) < 6, String(Math.max(...most)));
});

test("an executable preamble is an invariant, stored or refused", () => {
  for (const event of [
    stored(late, "CT1", { ...plain(1), preamble: "executable" }),
    refused(late, "CT1", "object/executable"),
  ]) {
    assert.ok(feed(restored(new Content(limits), learnt), event).some(({ invariant }) => invariant));
  }
});

test("an irregularity surprises by how rare it is among such objects", () => {
  const nats = (irregular: string[]) =>
    strongest(feed(restored(new Content(limits), learnt), stored(late, "CT1", { ...plain(1), irregular })));
  assert.ok(nats(["pixel/length"]) >= 6);
  assert.ok(nats(["length/odd"]) < 4.5);
});

test("objects that are no DICOM any more, one after the other, stand out within ten; a cut-off one does not", () => {
  assert.ok(reached(4, 1, (i) => refused(late + i, "CT1", "object/truncated")) > 1);
  assert.ok(reached(9, 10, (i) => refused(late + i, "WS3", "object/not-dicom")) <= 10);
});

test("absurd values break nothing; a snapshot continues as the original does", () => {
  const number = fc.oneof(fc.double(), fc.constantFrom(0, -1, 1e300, Number.NaN, Number.POSITIVE_INFINITY));
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number), { maxLength: 30 }), (values) => {
      const [copy, original] = [0, 1].map(() => restored(new Content(limits), learnt)) as [Content, Content];
      for (const [i, [chi2_min, chi2_max]] of values.entries()) {
        const event = stored(late + i, "CT1", { chi2_min, chi2_max });
        for (const detector of [copy, original]) {
          for (const { nats } of feed(detector, event)) assert.ok(Number.isFinite(nats) && nats >= 0);
        }
      }
      assert.deepEqual(saved(copy), saved(original));
      assert.ok(strongest(feed(copy, stored(late + 100, "CT1", plain(3)))) < 41);
    }),
    { numRuns: 50 },
  );
});
