/**
 * Runs every test: `npm test`. Words narrow the run to files whose path contains one of them, options go to node:
 *
 *     npm test -- src/dicom            npm test -- --test-name-pattern="wild cards" catalogue
 *     npm test -- --no-skip            a missing program is then a failure (also HOLDFAST_NO_SKIP=1)
 *
 * When they are over, what they left in logs, metrics and errors is searched for patient data and secrets.
 */
import { spawn } from "node:child_process";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { complaintsOf, searchTraces } from "./support/traces/leaks.ts";
import { folderVariable } from "./support/traces/traces.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const words = process.argv.slice(2).filter((word) => !word.startsWith("-"));
const options = process.argv.slice(2).filter((word) => word.startsWith("-") && word !== "--no-skip");
const environment = { ...process.env };
if (process.argv.includes("--no-skip")) environment["HOLDFAST_NO_SKIP"] = "1";

const files = globSync("{src,test,sim,bench,console}/**/*.test.ts", { cwd: root })
  .filter((file) => !file.includes("node_modules"))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();
if (files.length === 0) {
  process.stderr.write(`no test file matches ${words.join(" ")}\n`);
  process.exit(2);
}

const traces = mkdtempSync(join(tmpdir(), "holdfast-traces-"));
environment[folderVariable] = traces;
const collect = new URL("./support/traces/preload.js", import.meta.url).href;
environment["NODE_OPTIONS"] = `${environment["NODE_OPTIONS"] ?? ""} --import=${collect}`.trim();

const defaults = ["--test", "--test-concurrency=2", "--test-timeout=600000", "--test-reporter=spec"];
const child = spawn(process.execPath, [...defaults, ...options, ...files], {
  cwd: root,
  env: environment,
  stdio: "inherit",
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => {
  const complaints = complaintsOf(searchTraces(traces), words.length === 0 && options.length === 0);
  if (complaints.length > 0) process.stderr.write(`\n✖ logs, metrics and errors\n${complaints.join("\n")}\n`);
  rmSync(traces, { recursive: true });
  process.exit(code === 0 && complaints.length > 0 ? 1 : (code ?? 1));
});
