import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { AccessEvent } from "../../core/index.ts";
import { type JournalWriter, layoutOf } from "../../vault/index.ts";
import { unlock } from "../keys.ts";
import { compressionPolicy } from "./compression.ts";
import { openStores } from "./open.ts";
import type { FromWriter } from "./protocol.ts";
import { WriterService } from "./service.ts";
import { SlotPool } from "./slots.ts";

const echo: AccessEvent = {
  time: "2026-01-01T00:00:00.000Z",
  activity: "echo",
  status: "success",
  protocol: "dimse",
  operation: "C-ECHO",
  actor: {},
  src_endpoint: {},
};

/** The journal with slow writes that notice when another is under way. */
function watched(journal: JournalWriter): { journal: JournalWriter; overlaps: () => number } {
  let active = 0;
  let overlaps = 0;
  const alone = async <T>(write: () => Promise<T>): Promise<T> => {
    if (active++ > 0) overlaps++;
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    const result = await write();
    active--;
    return result;
  };
  const slow = {
    append: (batch: Parameters<JournalWriter["append"]>[0]) => alone(() => journal.append(batch)),
    checkpoint: () => alone(() => journal.checkpoint()),
  };
  const get = (target: JournalWriter, name: keyof JournalWriter): unknown => {
    if (name in slow) return slow[name as keyof typeof slow];
    const value = target[name];
    return typeof value === "function" ? value.bind(target) : value;
  };
  return {
    journal: new Proxy(journal, { get: (target, name) => get(target, name as keyof JournalWriter) }),
    overlaps: () => overlaps,
  };
}

test("rounds, commits and checkpoints never overlap, however their times fall", async (t) => {
  const base = await mkdtemp(join(tmpdir(), "holdfast-writer-"));
  t.after(() => rm(base, { recursive: true }));
  const dataFolder = join(base, "data");
  const now = (): number => 1_000;
  const { manifest, keyring } = await unlock(dataFolder, join(base, "key.json"), now);
  const compression = compressionPolicy("off", now);
  const stores = await openStores({
    layout: layoutOf(dataFolder),
    manifest,
    keyring,
    keyFile: join(base, "key.json"),
    compression,
    random: randomBytes,
    now,
  });
  const replies: FromWriter[] = [];
  // Every delay is over at once: upkeep falls between and beside the rounds as often as can be.
  const host = {
    turn: () => new Promise<void>((resolve) => void setImmediate(resolve)),
    post: (message: FromWriter) => void replies.push(message),
    now,
    after: (_: number, action: () => void) => void setImmediate(action),
  };
  const pixelKey = keyring.derived("pixel digest");
  const rules = { maxObjectSize: 1_000, acceptSopClasses: [], random: () => 0, pixelKey };
  const { journal, overlaps } = watched(stores.journal);
  const service = new WriterService({ ...stores, journal }, host, rules, new SlotPool(1).memory);
  for (let call = 1; call <= 500; call++) {
    service.handle({ type: "events", events: [echo] });
    service.handle({ type: call % 3 === 0 ? "commit" : "flush", call });
    for (let turn = 0; turn < (call * 7) % 13; turn++) await new Promise(setImmediate);
  }
  service.handle({ type: "close", call: 5_000 });
  const closed = (): FromWriter | undefined => replies.find((reply) => reply.type === "reply" && reply.call === 5_000);
  while (!closed()) await new Promise(setImmediate);
  assert.equal(overlaps(), 0);
  assert.deepEqual(
    replies.filter((reply) => reply.type === "reply" && reply.error),
    [],
  );
  const last = closed();
  assert.equal(last?.type === "reply" && last.position.size, 501);
});
