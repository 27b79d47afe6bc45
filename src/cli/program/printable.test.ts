import assert from "node:assert/strict";
import { test } from "node:test";
import { printable } from "./printable.ts";

test("nothing that moves a terminal's cursor, sets its title or turns text around gets through", () => {
  assert.equal(printable("a\u001b]0;owned\u0007b\r\nc\u009b2J"), "a?]0;owned?b??c?2J");
  assert.equal(printable("gpj.\u202egnp.exe"), "gpj.?gnp.exe");
  assert.equal(printable("Müller^Jürgen 山田 é"), "Müller^Jürgen 山田 é");
});
