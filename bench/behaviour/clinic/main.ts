/**
 * The behaviour engine in the simulated clinic: what it finds, how soon, and how often it cries wolf.
 *
 *     npm run bench:behaviour -- clinic [--quick] [--purpose development|validation|sealed] [--family NAME]...
 *         [--quarters 20] [--seeds 2] [--first 1] [--days 90] [--attack KIND]... [--ablate all|NAME,NAME]
 *         [--disable NAME,NAME] [--verbose] [--grid] [--json] [--out FILE] [--from FILE]...
 *
 * `--quarters` are benign, `--seeds` departments with every attack at every speed and stealth; both go round the families
 * of the purpose. `--ablate` runs it all again without each of the named detectors. `--out` keeps what was measured,
 * `--from` reads such files instead of running anything, so that parts are told as one report. `--grid` tells every attack
 * by speed and stealth.
 */
import { parseArgs } from "node:util";
import { attacks, families, familiesFor, type Purpose, purposes, seedFor } from "../../../sim/clinic/index.ts";
import { ablationText, type Result } from "./ablation.ts";
import { benignQuarter, type Quarter } from "./benign.ts";
import { detectorNames } from "./engine.ts";
import { Field } from "./field.ts";
import { gridText } from "./grid.ts";
import type { Outcome } from "./outcome.ts";
import { type Piece, readPieces, resultOf, writePieces } from "./piece.ts";
import { benignText, duration, kindsText } from "./report.ts";

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    quick: { type: "boolean", default: false },
    purpose: { type: "string", default: "development" },
    family: { type: "string", multiple: true },
    quarters: { type: "string" },
    seeds: { type: "string" },
    first: { type: "string", default: "1" },
    days: { type: "string" },
    attack: { type: "string", multiple: true },
    ablate: { type: "string" },
    disable: { type: "string", default: "" },
    verbose: { type: "boolean", default: false },
    grid: { type: "boolean", default: false },
    out: { type: "string" },
    from: { type: "string", multiple: true },
    json: { type: "boolean", default: false },
  },
});

const purpose = values.purpose as Purpose;
if (!purposes.includes(purpose)) fail(`--purpose is ${purposes.join(", ")}`);
const chosen = values.family ?? (values.quick ? ["rural"] : familiesFor(purpose));
for (const name of chosen) if (!families[name]) fail(`no family ${name}`);
for (const kind of values.attack ?? []) if (!attacks.some((attack) => attack.kind === kind)) fail(`no attack ${kind}`);
const quarters = count("quarters", values.quick ? 2 : 20);
const seeds = count("seeds", values.quick ? 1 : 2);
const [first, days] = [count("first", 1), count("days", values.quick ? 60 : 90)];
const names = (text: string): string[] => text.split(",").filter((name) => name !== "");

const pieces = values.from ? readPieces(values.from) : runPieces();
if (values.out) writePieces(values.out, pieces);
if (values.json) {
  const results = pieces.map((piece) => ({ purpose: piece.purpose, families: piece.families, ...resultOf(piece) }));
  process.stdout.write(`${JSON.stringify(results)}\n`);
} else process.stdout.write(`${told(pieces)}\n`);

function runPieces(): Piece[] {
  const left = names(values.disable);
  const without = values.ablate === "all" ? detectorNames() : names(values.ablate ?? "");
  return [left, ...without.map((name) => [...left, name])].map(runPiece);
}

function told([whole, ...others]: readonly Piece[]): string {
  if (!whole) return "nothing";
  const result = resultOf(whole);
  const grid = values.grid ? [gridText(whole.outcomes)] : [];
  return [text(whole, result), ...grid, ...others.map((other) => ablationText(result, resultOf(other)))].join("\n");
}

function runPiece(disabled: readonly string[]): Piece {
  const rounds = Array.from({ length: quarters }, (_, index): Quarter => {
    const quarter = benignQuarter(familyOf(index), seedFor(purpose, first + index), days, disabled);
    progress(`quarter ${index + 1}/${quarters}: ${quarter.family} ${quarter.seed}, ${quarter.alerts.length} alerts`);
    if (values.verbose) for (const alert of quarter.alerts) tell(`day ${alert.day}`, alert);
    return quarter;
  });
  const outcomes = Array.from({ length: seeds }, (_, index) => attacked(index, disabled)).flat();
  return { purpose, families: chosen, disabled, quarters: rounds, outcomes };
}

function attacked(index: number, disabled: readonly string[]): Outcome[] {
  const [family, seed] = [familyOf(index), seedFor(purpose, 500 + first + index)];
  const field = new Field({ family, seed, disabled, wanted });
  return field.runs.map((_, number) => {
    const outcome = field.outcome(number);
    const { kind, speed, stealth, unit, found, touched } = outcome;
    const end = found ? `found after ${duration(found.delay)}` : "not found";
    progress(
      `${family} ${seed} ${number + 1}/${field.runs.length}: ${kind} ${speed} ${unit}, stealth ${stealth}: ${end}, ${touched} touched`,
    );
    if (values.verbose && found) tell(`${kind}: ${found.entity}`, found);
    return outcome;
  });
}

/** Quick: the middle of each grid, at the extremes of stealth. */
function wanted(kind: string, place: number, stealth: number): boolean {
  const attack = attacks.find((each) => each.kind === kind)!;
  if (values.attack && !values.attack.includes(kind)) return false;
  if (!values.quick) return true;
  return place === attack.speeds.length >> 1 && (stealth === attack.stealths[0] || stealth === attack.stealths.at(-1));
}

function text({ purpose, families, disabled }: Piece, { benign, kinds }: Result): string {
  const title = `${purpose}: ${families.join(", ")}${disabled.length > 0 ? `; without ${disabled.join(", ")}` : ""}`;
  return [title, ...(benign ? [benignText(benign)] : []), ...(kinds.length > 0 ? [kindsText(kinds)] : [])].join("\n");
}

function tell(what: string, { technique, reasons }: { technique: string; reasons: readonly string[] }): void {
  process.stderr.write(`  ${what}: ${technique} ${reasons.join("; ")}\n`);
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

function familyOf(index: number): string {
  return chosen[(first - 1 + index) % chosen.length]!;
}

function count(name: "quarters" | "seeds" | "first" | "days", otherwise: number): number {
  const value = Number(values[name] ?? otherwise);
  if (!Number.isSafeInteger(value) || value < 0) fail(`--${name} must be a whole number`);
  return value;
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
