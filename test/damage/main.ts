/**
 * Blast radius and undo against the clinic's simulator: npm run simulate:damage -- [--seeds N] [--seed FIRST]
 * Exit code 1 names the seeds that fail.
 */
import { parseArgs } from "node:util";
import { playDepartment } from "./play.ts";

const { values } = parseArgs({
  options: { seeds: { type: "string", default: "200" }, seed: { type: "string", default: "1" } },
});
const [seeds, first] = [Number(values.seeds), Number(values.seed)];
const sums = { objects: 0, touched: 0, restored: 0 };
const failed: number[] = [];
for (let seed = first; seed < first + seeds; seed++) {
  try {
    const told = await playDepartment(seed);
    for (const name of ["objects", "touched", "restored"] as const) sums[name] += told[name];
  } catch (error) {
    failed.push(seed);
    process.stderr.write(`seed ${seed}: ${(error as Error).message}\n`);
  }
}
process.stdout.write(
  `${seeds} seeds from ${first}: ${seeds - failed.length} as the simulator says; ${sums.objects} objects, ` +
    `${sums.touched} touched, ${sums.restored} restored by undo\n`,
);
if (failed.length > 0) process.exitCode = 1;
