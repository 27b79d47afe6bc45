import assert from "node:assert/strict";
import { test } from "node:test";
import { need } from "../support/need.ts";
import { catchUp } from "./catching-up.ts";

test("a mirror that was away for days catches up while its origin stores on, killed on the way", {
  skip: need("openssl"),
}, async () => {
  const { entries, meanwhile } = await catchUp({ objects: 60, size: 100_000, accesses: 12_000, kills: 2 });
  assert.ok(entries > 12_000);
  assert.ok(meanwhile > 0);
});
