/**
 * `npm run bench:attack [-- --seeds 50 --first 1 --policy FILE --default-seeds 10 --json]`: an attacker with valid
 * credentials against a running archive, with real clients (DCMTK, curl), while a modality stores and viewers read. Under
 * the automatic policy that is shipped; the last seeds again under what a new installation starts with, which mostly notes
 * what it would do. Exit code 1 when a target is missed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { prepare } from "./prepare.ts";
import { reportOf, textOf } from "./report.ts";
import { digest, type Outcome, run } from "./run.ts";
import { shadowReportOf, shadowTextOf } from "./shadow.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "50" },
    first: { type: "string", default: "0" },
    policy: { type: "string" },
    "default-seeds": { type: "string", default: "10" },
    json: { type: "boolean" },
  },
});

const root = mkdtempSync(join(tmpdir(), "holdfast-attack-"));
try {
  const base = await prepare(root);
  await digest(base);
  const outcomes: Outcome[] = [];
  const first = Number(values.first);
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    const outcome = await run(base, seed, root, values.policy === undefined ? {} : { policy: values.policy });
    outcomes.push(outcome);
    process.stderr.write(`${lineOf(outcome)}\n`);
  }
  const shadowed: Outcome[] = [];
  const last = first + Number(values.seeds);
  for (let seed = last - Number(values["default-seeds"]); seed < last; seed++) {
    const outcome = await run(base, seed, root, { policy: "default" });
    shadowed.push(outcome);
    process.stderr.write(`default policy: ${lineOf(outcome)}\n`);
  }
  const report = { ...reportOf(outcomes), default: shadowReportOf(shadowed) };
  const text = `${textOf(report)}${shadowTextOf(report.default)}`;
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : text);
  process.exitCode = report.missed.length > 0 ? 1 : 0;
} finally {
  rmSync(root, { recursive: true });
}

function lineOf({ work, scenario, ...outcome }: Outcome): string {
  const { who, what, over, speed } = scenario;
  const facts = { ...outcome, scenario: `${who} ${what} ${over}, ${speed.name}` };
  return JSON.stringify({ ...facts, others: work.operations, failed: work.failed });
}
