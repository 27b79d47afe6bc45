/**
 * Writes generated objects to a folder:
 *
 *     node sim/objects/main.ts --out DIR --patients N --slices N --fractions K --seed S [--size 512]
 *                              [--interrupt FRACTION:SHARE[:resumed]]...
 *     node sim/objects/main.ts --out DIR --kind small --count N --seed S
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { type Interruption, rtSets, smallObjects } from "./index.ts";

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    kind: { type: "string", default: "rt" },
    seed: { type: "string", default: "1" },
    patients: { type: "string", default: "1" },
    slices: { type: "string", default: "60" },
    size: { type: "string", default: "512" },
    fractions: { type: "string", default: "5" },
    interrupt: { type: "string", multiple: true, default: [] },
    count: { type: "string", default: "1000" },
  },
});

function whole(name: "seed" | "patients" | "slices" | "size" | "fractions" | "count"): number {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 0) fail(`--${name} must be a whole number`);
  return value;
}

function interruption(text: string): Interruption {
  const match = /^(\d+):(0?\.\d+)(:resumed)?$/.exec(text);
  if (!match) fail("--interrupt takes FRACTION:SHARE or FRACTION:SHARE:resumed, for example 3:0.4:resumed");
  return { fraction: Number(match[1]), after: Number(match[2]), resumed: match[3] !== undefined };
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

if (!values.out) fail("--out DIR is missing");
if (values.kind !== "rt" && values.kind !== "small") fail("--kind is rt or small");
const objects =
  values.kind === "small"
    ? smallObjects({ seed: whole("seed"), count: whole("count") })
    : rtSets({
        seed: whole("seed"),
        patients: whole("patients"),
        slices: whole("slices"),
        size: whole("size"),
        fractions: whole("fractions"),
        interruptions: values.interrupt.map(interruption),
      });

let [count, size, folder] = [0, 0, ""];
for (const { name, bytes } of objects) {
  const path = join(values.out, name);
  if (dirname(path) !== folder) {
    folder = dirname(path);
    mkdirSync(folder, { recursive: true });
  }
  writeFileSync(path, bytes);
  count++;
  size += bytes.length;
}
process.stdout.write(`${count} objects, ${(size / 1e6).toFixed(1)} MB in ${values.out}\n`);
