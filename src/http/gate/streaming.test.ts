import assert from "node:assert/strict";
import { test } from "node:test";
import { containment, openGate } from "../../../test/support/gate.ts";
import { fileBytes } from "../../../test/support/objects.ts";
import { MemoryArchive } from "../testing/memory-archive.ts";
import { startServer } from "../testing/server.ts";

test("a response under way breaks off when its principal is contained, and not otherwise", async (t) => {
  const gate = await openGate(new MemoryArchive(), { strangers: "loopback" });
  const { web, store, archive } = await startServer(t, { gate });
  const file = fileBytes({ pixels: Buffer.alloc(64 * 1024 * 1024, 7) });
  assert.equal((await store(file)).status, 200);
  const path = `${web}/studies/2.25.1/series/2.25.1.1/instances/2.25.1.1.1`;
  const take = async (between: () => void): Promise<number> => {
    const response = await fetch(path, { headers: { accept: "application/dicom; transfer-syntax=*" } });
    const reader = response.body!.getReader();
    let bytes = (await reader.read()).value!.length;
    between();
    for (let next = await reader.read(); !next.done; next = await reader.read()) bytes += next.value.length;
    return bytes;
  };
  assert.equal(await take(() => {}), file.length);
  const target = { kind: "principal", id: "local" } as const;
  await assert.rejects(
    take(() => gate.containments.apply(containment("c1", { target }))),
    /terminated/,
  );
  const event = archive.events.findLast(({ activity }) => activity === "read");
  assert.equal(event?.status_detail, "gate/contained");
});
