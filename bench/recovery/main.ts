/**
 * Recovery in figures, each against its peer in the same run: reads as of then against reads of now, verification
 * against sha256sum, replication and restore against the AWS SDK alone and restic, the time to the first readable plan.
 * node bench/recovery/main.ts [--quick] [--only as-of|bytes|s3|first-plan] [--instances N] [--objects N] [--keep FOLDER]
 * In full about 20 minutes and 25 GB of disk. With --keep the archives of `as-of` are made once: a run that broke off has to
 * make again only what it was making.
 */
import { parseArgs } from "node:util";
import { asOfBench } from "./as-of.ts";
import { bytesBench } from "./bytes.ts";
import { firstPlanBench } from "./first-plan.ts";
import { print } from "./measure.ts";
import { s3Bench } from "./s3.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    instances: { type: "string" },
    objects: { type: "string" },
    keep: { type: "string" },
  },
});
const { quick, only } = values;
const wide = values.instances === undefined ? [100_000, 1_000_000] : [Number(values.instances)];

const objects = (usual: number): number => Number(values.objects ?? usual);

const parts: Record<string, () => Promise<void>> = {
  async "as-of"() {
    for (const instances of quick ? [20_000] : wide) await asOfBench(instances, quick ? 15 : 51, values.keep);
  },
  bytes: () => bytesBench(objects(quick ? 150 : 600)),
  s3: () => s3Bench(objects(quick ? 150 : 600)),
  "first-plan": () =>
    firstPlanBench(objects(quick ? 800 : 10_000), Number(values.instances ?? (quick ? 20_000 : 200_000))),
};

for (const [name, run] of Object.entries(parts)) {
  if (only !== undefined && only !== name) continue;
  print(`${name}:`);
  await run();
}
