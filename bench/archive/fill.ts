/**
 * Fills an archive through the archive itself, without a wire: `fill.ts FOLDER COUNT [PER_STUDY]`; prints JSON. Every
 * object takes the whole way of a C-STORE behind the protocol: scanned, hashed, encrypted, synced, journaled, catalogued.
 */
import { join } from "node:path";
import { openArchive } from "../../src/archive/index.ts";
import { makeLoad } from "./objects.ts";

const [folder, count, perStudy] = process.argv.slice(2) as [string, string, string | undefined];
/** Stores under way at once: rounds of the group commit are full. */
const lanes = 256;
const context = {
  actor: { app: "BENCH" },
  src: {},
  protocol: "internal" as const,
  operation: "fill",
};

const load = makeLoad("thin", 70, Number(perStudy ?? 1));
const archive = await openArchive({
  dataFolder: join(folder, "data"),
  keyFile: join(folder, "key.json"),
  compression: "off",
});
const began = performance.now();
let next = 0;

async function lane(): Promise<void> {
  const { sopClassUid, transferSyntaxUid } = load;
  while (next < Number(count)) {
    const { sopInstanceUid, bytes } = load.object(next++);
    const sink = archive.store(context, { form: "dataset", sopClassUid, sopInstanceUid, transferSyntaxUid });
    await sink.write(bytes);
    const outcome = await sink.end();
    if (!outcome.ok) throw new Error(`${outcome.code}: an object was refused`);
  }
}

await Promise.all(Array.from({ length: lanes }, lane));
const seconds = (performance.now() - began) / 1000;
await archive.close();
process.stdout.write(`${JSON.stringify({ seconds, perSecond: Number(count) / seconds })}\n`);
