/** `part.ts ACT`: the act goes down at each of its disk operations in turn, killed and without power. Says what it saw. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { install } from "../hooks.ts";

install();
const { acts } = await import("./acts.ts");
const { interrupt } = await import("./interrupt.ts");

const act = acts[process.argv[2]!];
if (!act) throw new Error(`No act is called ${process.argv[2]}.`);
const memory = "/dev/shm";
const scratch = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), "holdfast-interrupted-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
const falls = { kill: 0, "power cut": 0 };
for (const how of ["kill", "power cut"] as const)
  for (let operations = 0; await interrupt(act, operations, how, scratch); operations++) falls[how]++;
process.stdout.write(`${JSON.stringify(falls)}\n`);
