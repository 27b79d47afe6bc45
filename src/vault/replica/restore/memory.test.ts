import assert from "node:assert/strict";
import { test } from "node:test";
import { PieceMemory } from "./memory.ts";

const mebibyte = 1024 * 1024;

test("large pieces take over each other's memory, so many at once; small ones wait for nobody", async () => {
  const memory = new PieceMemory(2);
  const [one, two] = [await memory.borrow(mebibyte), await memory.borrow(2 * mebibyte)];
  let third: Buffer | undefined;
  const waiting = memory.borrow(mebibyte).then((got) => {
    third = got;
  });
  for (let index = 0; index < 100; index++) assert.equal((await memory.borrow(1_000)).length, 1_000);
  assert.equal(third, undefined, "two are under way");
  memory.give(one);
  await waiting;
  assert.equal(third, one);
  memory.give(two);
  memory.give(third!);
  assert.ok((await memory.borrow(3 * mebibyte)).length >= 3 * mebibyte, "what is too small is not used");
});
