import assert from "node:assert/strict";
import { test } from "node:test";
import { metricViolations, registeredMetrics } from "./metrics.ts";

test("metrics keep to Prometheus' conventions, and their labels to few values", () => {
  const metrics = registeredMetrics();
  assert.ok(metrics.length > 40);
  assert.deepEqual(metricViolations(metrics), []);
});

test("every room of the running server has metrics", () => {
  const names = registeredMetrics().map(({ name }) => name);
  for (const room of [
    "archive",
    "journal",
    "http",
    "dicom",
    "gate",
    "behaviour",
    "response",
    "route",
    "alerts",
    "containments",
    "recovery",
    "replica",
    "witness",
    "mirror",
  ])
    assert.ok(
      names.some((name) => name.startsWith(`holdfast_${room}`)),
      room,
    );
});

test("planted: each rule of metrics can fail", () => {
  const sound = { name: "holdfast_x_seconds", help: "From here to there.", type: "gauge", labelNames: ["code"] };
  assert.deepEqual(metricViolations([sound]), []);
  for (const wrong of [
    { name: "archive_x" },
    { name: "holdfast_x_total" },
    { type: "counter" },
    { name: "holdfast_x_ms" },
    { name: "holdfast_x", type: "histogram" },
    { help: "" },
    { labelNames: ["patient"] },
  ])
    assert.equal(metricViolations([{ ...sound, ...wrong }]).length, 1, JSON.stringify(wrong));
});
