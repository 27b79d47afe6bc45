/**
 * Seeded histories of the whole of storage: `npm run simulate -- --histories 10000 --seed S`. One that breaks an
 * invariant is named by its seed; `--histories 1 --seed THAT` plays it again. `--planted NAME` plants a bug first.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { planted } from "./planted.ts";
import { simulate } from "./run.ts";

const help = `npm run simulate -- [options]

  --histories N   how many (1000)
  --seed S        seed of the first; the next has the next number (1)
  --processes P   that share them (one a processor)
  --planted NAME  with a planted bug: ${planted.map(({ name }) => JSON.stringify(name)).join(", ")}
  --help

A history that breaks an invariant is named by its seed; --histories 1 --seed THAT plays it again. Exit 1: one broke.
`;
const { values } = parseArgs({
  options: {
    help: { type: "boolean" },
    histories: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    processes: { type: "string", default: String(availableParallelism()) },
    planted: { type: "string" },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit();
}
const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const begun = performance.now();
const outcome = await simulate({
  seed: Number(values.seed),
  histories: Number(values.histories),
  processes: Number(values.processes),
  ...(values.planted === undefined ? {} : { bug: values.planted }),
  onProgress: (histories) => void (histories % 500 === 0 && print(`${histories} histories`)),
});
const { acts, falls, faults, restores, acknowledged, gone } = outcome.sums;
print(
  `${outcome.histories} histories from seed ${values.seed} in ${Math.round((performance.now() - begun) / 1000)} s: ` +
    `${acts} acts, ${acknowledged} acknowledged versions, ${gone} gone, ${falls} falls, ${faults} faults, ${restores} restores`,
);
for (const { seed, error } of outcome.failures) print(`seed ${seed}: ${error}`);
process.exitCode = outcome.failures.length > 0 ? 1 : 0;
