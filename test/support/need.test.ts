import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { need, needSamples, programPath } from "./need.ts";

let before: string | undefined;
beforeEach(() => {
  before = process.env["HOLDFAST_NO_SKIP"];
  delete process.env["HOLDFAST_NO_SKIP"];
});
afterEach(() => {
  if (before === undefined) delete process.env["HOLDFAST_NO_SKIP"];
  else process.env["HOLDFAST_NO_SKIP"] = before;
});

test("a program that is there does not skip", () => {
  assert.equal(need("sh"), false);
  assert.match(programPath("sh") ?? "", /\/sh$/);
});

test("a missing program gives the reason to skip", () => {
  assert.equal(need("sh", "no-such-program"), "not installed: no-such-program");
});

test("a missing program is a failure where nothing may be skipped", () => {
  process.env["HOLDFAST_NO_SKIP"] = "1";
  assert.throws(() => need("no-such-program"), /not installed: no-such-program/);
  assert.equal(need("sh"), false);
});

test("a missing sample gives the reason to skip", () => {
  assert.match(needSamples("no/such.dcm") || "", /no sample files: no\/such\.dcm/);
});
