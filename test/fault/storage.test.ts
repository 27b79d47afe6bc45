/** Failing disks: the client is told, nothing half-written shows, and service resumes. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { need } from "../support/need.ts";
import { checkArchive } from "./check.ts";
import { type Acknowledged, send } from "./sender.ts";
import { serve } from "./served.ts";
import { cannotMountTmpfs, SmallDisk } from "./small-disk.ts";

const small = (): number => 10_000;
const outOfResources = (status: number): boolean => status >= 0xa700 && status <= 0xa7ff;
const nothing = (): Acknowledged => ({ objects: new Map(), failures: [] });

test("a sync that fails is a failure status, and the next store works", { skip: need("strace") }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-eio-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const inject = ["-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=12..16"];
  const served = await serve({ folder, wrapper: ["strace", "-D", "-f", "-qq", "-o", "/dev/null", ...inject] });
  t.after(() => void served.child.kill("SIGKILL"));
  const acknowledged = nothing();
  await send({ port: served.dicomPort, prefix: "2.25.1", associations: 2, count: 100, size: small }, acknowledged);
  served.child.kill("SIGTERM");
  await served.ended;
  assert.ok(acknowledged.failures.length > 0, "no failure was injected");
  assert.ok(acknowledged.failures.every(outOfResources));
  assert.equal(acknowledged.objects.size + acknowledged.failures.length, 200);
  await checkArchive(folder, acknowledged);
});

test("a full disk refuses, keeps what it has, and goes on when there is space", {
  skip: cannotMountTmpfs() ?? false,
}, async (t) => {
  const disk = new SmallDisk(24);
  const { folder } = disk;
  disk.fill(16);
  const served = await serve({ folder });
  t.after(async () => {
    served.child.kill("SIGKILL");
    await served.ended;
    disk.remove();
  });
  const acknowledged = nothing();
  await send(
    { port: served.dicomPort, prefix: "2.25.1", associations: 2, count: 200, size: () => 40_000 },
    acknowledged,
  );
  assert.ok(acknowledged.objects.size > 10);
  assert.ok(acknowledged.failures.length > 10);
  assert.ok(acknowledged.failures.every(outOfResources), `statuses ${[...new Set(acknowledged.failures)]}`);
  disk.empty();
  const later = nothing();
  await send({ port: served.dicomPort, prefix: "2.25.2", associations: 2, count: 20, size: small }, later);
  assert.equal(later.failures.length, 0);
  assert.equal(later.objects.size, 40);
  served.child.kill("SIGTERM");
  await served.ended;
  await checkArchive(folder, { objects: new Map([...acknowledged.objects, ...later.objects]), failures: [] });
});
