/** After a fault: everything acknowledged is there, whole, and the archive verifies. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { openArchive } from "../../src/archive/index.ts";
import { verifyArchive } from "../../src/vault/index.ts";
import type { Acknowledged } from "./sender.ts";

export async function checkArchive(folder: string, acknowledged: Acknowledged): Promise<void> {
  const options = { dataFolder: join(folder, "data"), keyFile: join(folder, "key.json") };
  await using archive = await openArchive(options);
  for (const [sopInstanceUid, digest] of acknowledged.objects) {
    const [ref] = await archive.resolve({ sopInstanceUid: [sopInstanceUid] });
    assert.ok(ref, `acknowledged object ${sopInstanceUid} is missing`);
    const hash = createHash("sha256");
    for await (const chunk of archive.open(ref).dataSet()) hash.update(chunk);
    assert.equal(hash.digest("hex"), digest, `acknowledged object ${sopInstanceUid} differs`);
  }
  const { problems } = await verifyArchive(options);
  assert.deepEqual(problems, []);
}
