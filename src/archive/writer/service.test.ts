import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { AccessEvent } from "../../core/index.ts";
import { layoutOf } from "../../vault/index.ts";
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
    compression,
    random: randomBytes,
    now,
  });
  const replies: FromWriter[] = [];
  // Every delay is over at once: upkeep falls between and beside the rounds as often as can be.
  const host = {
    post: (message: FromWriter) => void replies.push(message),
    now,
    after: (_: number, action: () => void) => void setImmediate(action),
  };
  const rules = { maxObjectSize: 1_000, acceptSopClasses: [], random: () => 0 };
  const service = new WriterService(stores, host, rules, new SlotPool(1).memory);
  for (let call = 1; call <= 400; call++) {
    service.handle({ type: "events", events: [echo] });
    service.handle({ type: call % 3 === 0 ? "commit" : "flush", call });
    for (let turn = 0; turn < call % 4; turn++) await new Promise(setImmediate);
  }
  service.handle({ type: "close", call: 1_000 });
  const closed = (): FromWriter | undefined => replies.find((reply) => reply.type === "reply" && reply.call === 1_000);
  while (!closed()) await new Promise(setImmediate);
  assert.deepEqual(
    replies.filter((reply) => reply.type === "reply" && reply.error),
    [],
  );
  const last = closed();
  assert.equal(last?.type === "reply" && last.position.size, 401);
});
