import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpenArchive } from "../../src/archive/index.ts";
import { type Planted, playDepartment } from "./play.ts";

/** One of each kind of attack that changes something, and some that only read. */
for (const seed of [0, 1, 3, 4, 5, 6, 9, 10, 16, 28])
  test(`damage and undo are what the simulator says, seed ${seed}`, async () => {
    const { touched } = await playDepartment(seed);
    assert.ok(touched > 0);
  });

const massEncryption = 0;
const massDelete = 4;

/** The archive with one of its functions replaced. */
const replacing =
  <Name extends "journal" | "amend">(name: Name, make: (archive: OpenArchive) => OpenArchive[Name]): Planted =>
  (archive) =>
    new Proxy(archive, {
      get(target, key) {
        if (key === name) return make(archive);
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });

test("planted: a journal read without its deletions is seen", async () => {
  const planted = replacing(
    "journal",
    (archive) =>
      async function* () {
        for await (const entry of archive.journal()) if (entry.record.kind !== "delete") yield entry;
      },
  );
  await assert.rejects(playDepartment(massDelete, planted), assert.AssertionError);
});

test("planted: an undo that loses a step is seen", async () => {
  const planted = replacing("amend", (archive) => (amendments) => archive.amend(amendments.slice(1)));
  await assert.rejects(playDepartment(massEncryption, planted), assert.AssertionError);
});
