/**
 * Writes the logs of a department to a folder, each in its own format, and what is hostile among them beside:
 *
 *     node sim/clinic/main.ts --out DIR [--family reference] [--seed 1] [--days 90]
 *                             [--attack KIND [--speed N] [--stealth 0|1|2] [--day N]]
 *
 * `archive.jsonl` (events), `ois.log` (ATNA), `cloudtrail.jsonl`, `ehr.jsonl` (FHIR AuditEvent), `merged.jsonl` (all of
 * them, read by the real parsers, in order of arrival), `truth.json` (numbers of the hostile lines, from 0, by file).
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { attackOn, attacks, ClinicStream, families, parametersOf, type Source, type Truth } from "./index.ts";
import { LineFile } from "./line-file.ts";
import { Reader } from "./reader.ts";

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    family: { type: "string", default: "reference" },
    seed: { type: "string", default: "1" },
    days: { type: "string", default: "90" },
    attack: { type: "string" },
    speed: { type: "string" },
    stealth: { type: "string", default: "0" },
    day: { type: "string" },
  },
});

const files: Record<Source | "merged", string> = {
  archive: "archive.jsonl",
  ois: "ois.log",
  cloud: "cloudtrail.jsonl",
  ehr: "ehr.jsonl",
  merged: "merged.jsonl",
};

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function number(name: "seed" | "days" | "stealth" | "speed" | "day", least = 0): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value < least) fail(`--${name} must be a number from ${least}`);
  return value;
}

function attackAsked(days: number, seed: number) {
  const attack = attacks.find(({ kind }) => kind === values.attack);
  if (!values.attack) return undefined;
  if (!attack) fail(`no attack ${values.attack}; there are ${attacks.map(({ kind }) => kind).join(", ")}`);
  const stealth = number("stealth") as 0 | 1 | 2;
  if (![0, 1, 2].includes(stealth)) fail("--stealth is 0, 1 or 2");
  const speed = number("speed", Number.MIN_VALUE) ?? attack.speeds[attack.speeds.length >> 1]!;
  const plan = attackOn(attack, { speed, stealth, seed, earliest: Math.min(21, days >> 1), latest: days - 1 });
  return { attack, plan: { ...plan, day: number("day") ?? plan.day } };
}

const out = values.out ?? fail("--out DIR is missing");
if (!families[values.family]) fail(`no family ${values.family}; there are ${Object.keys(families).join(", ")}`);
const [seed, days] = [number("seed")!, number("days", 1)!];
const parameters = parametersOf(values.family, seed, days);
const attack = attackAsked(days, seed);
const stream = new ClinicStream({ parameters, seed, ...(attack && { attacks: [attack] }) });
mkdirSync(out, { recursive: true });
const output = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, new LineFile(join(out, file))]));
const hostile: Record<string, number[]> = Object.fromEntries(Object.keys(files).map((name) => [name, []]));
const reader = new Reader();
for (const line of stream) {
  if (line.attack > 0) hostile[line.source]!.push(output[line.source]!.lines);
  output[line.source]!.write(line.text);
  for (const event of reader.read(line)) {
    if (line.attack > 0) hostile["merged"]!.push(output["merged"]!.lines);
    output["merged"]!.write(JSON.stringify(event));
  }
}
for (const file of Object.values(output)) file.close();
const truth = stream.attacks[0]?.truth;
writeFileSync(
  join(out, "truth.json"),
  `${JSON.stringify({ parameters, seed, announced: stream.announcements, attack: truth && told(truth), hostile })}\n`,
);
const counts = Object.entries(output).map(([name, { lines }]) => `${lines} ${name}`);
process.stdout.write(`${counts.join(", ")}; ${hostile["merged"]!.length} hostile; ${reader.broken} broken\n`);

function told(known: Truth): object {
  return { ...known, identities: [...known.identities], addresses: [...known.addresses] };
}
