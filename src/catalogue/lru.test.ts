import assert from "node:assert/strict";
import { test } from "node:test";
import { Lru } from "./lru.ts";

test("the least recently used goes first, by weight", () => {
  const lru = new Lru<string, number>(10);
  lru.set("a", 1, 4);
  lru.set("b", 2, 4);
  assert.equal(lru.get("a"), 1);
  lru.set("c", 3, 4);
  assert.deepEqual([lru.get("a"), lru.get("b"), lru.get("c")], [1, undefined, 3]);
});

test("a value set again counts once, one too heavy is not kept", () => {
  const lru = new Lru<string, number>(10);
  for (let round = 0; round < 5; round++) lru.set("a", round, 6);
  lru.set("b", 1, 4);
  lru.set("c", 1, 11);
  assert.deepEqual([lru.get("a"), lru.get("b"), lru.get("c")], [4, 1, undefined]);
});
