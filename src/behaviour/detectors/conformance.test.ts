/** What every detector in the registry owes, whatever its idea. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type AccessEvent, activities } from "../../core/index.ts";
import { defaultEventLimits } from "../event-engine.ts";
import { Groups } from "../events/groups.ts";
import { Observer } from "../events/observer.ts";
import { SnapshotReader, SnapshotWriter } from "../stats/snapshot.ts";
import type { Detector } from "./detector.ts";
import type { Observation } from "./observation.ts";
import { detectorMakers } from "./registry.ts";
import { breachesOf, heldAfter } from "./testing/held.ts";

const limits = { entities: 512, objects: 1_024 };
/** Bytes, of the engine's 256 MB: what else it has of everybody (ledger, deciders, peer groups) takes 60 MB. */
const mostHeld = 190 * 2 ** 20;
const uid = fc.constantFrom("1.2.3", "1.2.4", "1.2.840.10008.5.1.4.1.1.2", "");
const amount = fc.oneof(fc.double(), fc.constantFrom(-1, 0, 1, 7, 1e300, Number.NaN));

/** Plausible and absurd, out of order and twice. */
const anyEvent = fc.record(
  {
    time: fc.oneof(
      fc.integer({ min: 1_770_000_000, max: 1_770_900_000 }).map((s) => new Date(s * 1000).toISOString()),
      fc.constantFrom("", "9999-12-31T23:59:59.999Z", "1970-01-01T00:00:00.000Z", "soon"),
    ),
    activity: fc.constantFrom(...activities),
    status: fc.constantFrom("success", "failure", "denied", "partial"),
    protocol: fc.constantFrom("dimse", "dicomweb", "api"),
    operation: fc.constantFrom("C-STORE", "C-MOVE", "WADO-RS", "DELETE", ""),
    actor: fc.record({ user: fc.record({ name: fc.constantFrom("a", "b", "") }), app: fc.constantFrom("TPS", "") }),
    src_endpoint: fc.record({
      ip: fc.constantFrom("10.0.0.1", "203.0.113.9", ""),
      ae_title: fc.constantFrom("TPS", ""),
    }),
    dst_endpoint: fc.record({ hostname: fc.constantFrom("10.0.0.5", "") }),
    tenant: fc.constantFrom("", "clinic"),
    resources: fc.array(
      fc.record({
        level: fc.constant("instance"),
        patient_id: uid,
        study_uid: uid,
        sop_instance_uid: uid,
        sop_class_uid: uid,
      }),
      { maxLength: 80 },
    ),
    query: fc.record({
      level: fc.constant("study"),
      keys: fc.constantFrom({}, { PatientName: "*" }, { PatientID: "1" }),
    }),
    count: fc.record({ objects: amount, failed: amount, patients: amount }),
    traffic: fc.record({ bytes_in: amount, bytes_out: amount }),
    content: fc.record({
      size: amount,
      digest: fc.constantFrom("aa", "bb", ""),
      pixel_digest: fc.constantFrom("cc", "dd", ""),
      chi2_min: amount,
      chi2_max: amount,
      preamble: fc.constantFrom("zero", "executable", "tiff", "other"),
      irregular: fc.constantFrom([], ["pixel/length"]),
    }),
    treatment: fc.record({
      kind: fc.constantFrom("plan", "record"),
      plan_uid: uid,
      approval: fc.constantFrom("APPROVED", "UNAPPROVED", ""),
      fraction_groups: fc.constantFrom([], [{ number: 1, fractions: 30, metersets: { 1: 100 } }]),
      beams: fc.constantFrom([], [{ number: 1, geometry: "ab" }]),
      fraction: amount,
      delivered: fc.constantFrom([], [{ beam: 1, specified: 100, delivered: 200 }]),
    }),
    metadata: fc.record({ uid: fc.constantFrom("u1", "u2", "") }),
  },
  { requiredKeys: ["time", "activity", "status", "protocol", "operation", "actor", "src_endpoint"] },
) as unknown as fc.Arbitrary<AccessEvent>;

const stream = fc
  .array(anyEvent, { maxLength: 60 })
  .map((events) => structuredClone([...events, ...events.slice(0, 5)]));

class Run {
  readonly detector: Detector;
  readonly #observer = new Observer(new Groups(64), 1);

  constructor(name: string) {
    this.detector = detectorMakers[name]!(limits);
  }

  /** What it says of the events, which must not be changed by it. */
  feed(events: readonly AccessEvent[], from = 0): unknown[] {
    return events.flatMap((event, i) => {
      const seen = this.#observer.observe(event, from + i, () => 1);
      const before = structuredClone(seen);
      const told: unknown[] = [];
      this.detector.assess(seen, ({ entity, nats, invariant, reason }) => {
        assert.ok(Number.isFinite(nats) && nats >= 0, `${nats} nats`);
        const said = reason();
        assert.equal(said.detector, this.detector.name);
        assert.ok(said.text.length > 10 && !said.text.includes("NaN"), said.text);
        assert.ok(!said.technique || /^T\d{4}(\.\d{3})?$/.test(said.technique), said.technique);
        told.push({ entity, nats, invariant, said });
      });
      this.detector.learn(seen, i % 4 === 3 ? 0 : 1);
      assert.deepEqual(seen, before);
      return told;
    });
  }

  snapshot(): Uint8Array {
    const out = new SnapshotWriter();
    this.detector.save(out);
    return out.bytes();
  }
}

for (const name of Object.keys(detectorMakers)) {
  test(`${name}: finite evidence with reasons of anything, events unchanged, twice the same`, () => {
    const property = fc.property(stream, (events) => {
      const [one, other] = [new Run(name), new Run(name)];
      assert.deepEqual(one.feed(events), other.feed(events));
      assert.deepEqual(one.snapshot(), other.snapshot());
    });
    fc.assert(property, { numRuns: 30 });
  });

  test(`${name}: a snapshot continues as the original does`, () => {
    const property = fc.property(stream, stream, (before, after) => {
      const whole = new Run(name);
      whole.feed(before);
      const second = new Run(name);
      second.feed(before);
      const input = new SnapshotReader(whole.snapshot());
      second.detector.load(input);
      input.end();
      assert.deepEqual(second.feed(after, 100), whole.feed(after, 100));
      const fresh = detectorMakers[name]!(limits);
      fresh.load(new SnapshotReader(whole.snapshot()));
      const out = new SnapshotWriter();
      fresh.save(out);
      assert.deepEqual(out.bytes(), whole.snapshot());
    });
    fc.assert(property, { numRuns: 20 });
  });
}

test("a million of everybody and everything, ever new and made to collide: each detector keeps to its bound", (t) => {
  const held = heldAfter(1_000_000, detectorMakers, defaultEventLimits);
  assert.deepEqual(Object.keys(held), Object.keys(detectorMakers));
  for (const [name, one] of Object.entries(held)) {
    t.diagnostic(`${name}: ${(one.heap / 2 ** 20).toFixed(1)} MiB`);
    assert.deepEqual(breachesOf(one), [], name);
  }
  const all = Object.values(held).reduce((sum, { heap }) => sum + heap, 0);
  assert.ok(all < mostHeld, `${all} bytes in all`);
});

test("that suite catches a detector that remembers everybody, whether it tells so or not", () => {
  const held = heldAfter(60_000, { open: () => new Hoarder(true), secret: () => new Hoarder(false) }, limits);
  assert.match(breachesOf(held["open"]!).join(), /^grows: /);
  assert.match(breachesOf(held["secret"]!).join(), /^holds \d+ bytes and tells 0$/);
});

/** The violation: a map without a bound. */
class Hoarder implements Detector {
  readonly name = "hoarder";
  readonly #tells: boolean;
  readonly #everybody = new Map<string, number>();

  constructor(tells: boolean) {
    this.#tells = tells;
  }

  assess({ actor, time }: Observation): void {
    this.#everybody.set(actor, time);
  }

  learn(): void {}

  get bytes(): number {
    return this.#tells ? this.#everybody.size * 100 : 0;
  }

  save(): void {}

  load(): void {}
}
