/** One process of a simulation: `part.ts FROM STEP TO [BUG]` plays every STEPth history and says a JSON line of each. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { install } from "./hooks.ts";
import { planted } from "./planted.ts";

const [from, step, to] = process.argv.slice(2, 5).map(Number) as [number, number, number];
const name = process.argv[5];
const bug = name === undefined ? undefined : planted.find((each) => each.name === name);
if (name !== undefined && !bug) throw new Error(`No planted bug is called ${name}.`);
install(bug);
const { history } = await import("./history.ts");
const { Broken } = await import("./invariants.ts");

const memory = "/dev/shm";
const scratch = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), "holdfast-simulation-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

for (let seed = from; seed < to; seed += step) {
  const line = await history(seed, scratch, bug?.harsh).then(
    (told) => ({ seed, told }),
    (error: Error) => ({
      seed,
      error: String(error.stack),
      ...(error instanceof Broken ? { invariant: error.invariant } : {}),
    }),
  );
  process.stdout.write(`${JSON.stringify(line)}\n`);
  if ("error" in line) process.exit(1);
}
