/**
 * `npm run bench:behaviour -- report --folder FOLDER`: the whole report of the clinic, in parts that are kept in a folder, so
 * that it can be stopped and goes on where it was.
 *
 *     [--jobs 1] parts at once   [--minutes N] begins none after that   [--only WORD] parts whose name holds it   [--tell] runs none
 *
 * Twenty benign quarters over all families; every attack at the middle of its speeds on a department of each family; every
 * speed and stealth of the slow ones; the same attacks without each of the detectors. Validation and sealed families are
 * for figures to publish: whoever develops on them has none left.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { attacks, families, purposes } from "../../sim/clinic/index.ts";
import { detectorNames } from "./clinic/engine.ts";

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    folder: { type: "string" },
    jobs: { type: "string", default: "1" },
    minutes: { type: "string", default: "1440" },
    only: { type: "string", default: "" },
    tell: { type: "boolean", default: false },
  },
});

interface Part {
  name: string;
  words: string[];
}

const main = join(import.meta.dirname, "main.ts");
const quarters = 20;
const slow = ["slow-encryption", "exfiltration-c-move-drip", "exfiltration-dicomweb-drip", "ten-identities"];
const names = Object.keys(families);

function parts(): Part[] {
  const benign = Array.from({ length: quarters }, (_, index): Part => {
    const family = names[index % names.length]!;
    const first = firstOf(family) + Math.floor(index / names.length);
    return part(`benign.${family}.${first}`, family, first, ["--quarters", "1", "--seeds", "0"]);
  });
  const hostile = names.map((family) =>
    part(`attacks.${family}`, family, firstOf(family), ["--quick", "--quarters", "0"]),
  );
  const kinds = attacks.filter(({ kind }) => slow.includes(kind));
  const grid = kinds.map(({ kind }) =>
    part(`grid.${kind}`, "rural", firstOf("rural"), ["--quarters", "0", "--seeds", "1", "--attack", kind]),
  );
  const without = detectorNames().map((name) =>
    part(`without.${name}`, "rural", firstOf("rural"), ["--quick", "--quarters", "0", "--disable", name]),
  );
  return [...benign, ...hostile, ...grid, ...without].filter(({ name }) => name.includes(values.only));
}

/** Seeds of development families below 31 were developed on. */
function firstOf(family: string): number {
  return families[family]!.purpose === "development" ? 31 : 1;
}

function part(name: string, family: string, first: number, more: string[]): Part {
  const { purpose } = families[family]!;
  return { name, words: ["--purpose", purpose, "--family", family, "--first", String(first), ...more] };
}

/** A file appears under its name when it is whole. */
async function run(folder: string, { name, words }: Part): Promise<void> {
  const file = join(folder, `${name}.json`);
  if (existsSync(file)) return;
  process.stderr.write(`${name}\n`);
  const code = await clinic([...words, "--out", `${file}.part`]);
  if (code !== 0) throw new Error(`${name} ended with ${code}`);
  renameSync(`${file}.part`, file);
}

function clinic(words: string[], output: "ignore" | "inherit" = "ignore"): Promise<number | null> {
  const child = spawn(process.execPath, [main, "clinic", ...words], { stdio: ["ignore", output, output] });
  return new Promise((done) => child.on("exit", done));
}

async function tell(folder: string): Promise<void> {
  const kept = readdirSync(folder).filter((name) => name.endsWith(".json"));
  const from = async (wanted: (name: string) => boolean, ...more: string[]): Promise<void> => {
    const files = kept.filter(wanted).flatMap((name) => ["--from", join(folder, name)]);
    if (files.length > 0) await clinic([...files, ...more], "inherit");
  };
  for (const purpose of purposes) {
    const own = names.filter((family) => families[family]!.purpose === purpose);
    await from((name) => /^(benign|attacks)\./.test(name) && own.includes(name.split(".")[1]!));
  }
  await from((name) => name.startsWith("grid."), "--grid");
  await from((name) => name === "attacks.rural.json" || name.startsWith("without."));
}

if (values.folder === undefined) {
  process.stderr.write("report --folder FOLDER\n");
  process.exitCode = 2;
} else {
  mkdirSync(values.folder, { recursive: true });
  const until = performance.now() + Number(values.minutes) * 60_000;
  const left = values.tell ? [] : parts();
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next && performance.now() < until; next = left.shift())
      await run(values.folder!, next);
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  await tell(values.folder);
}
