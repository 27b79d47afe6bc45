/** What a run has measured, kept in a file: a long report can be run in parts and read as one. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Result } from "./ablation.ts";
import type { Quarter } from "./benign.ts";
import type { Outcome } from "./outcome.ts";
import { benignFigures, kindFigures } from "./report.ts";

export interface Piece {
  purpose: string;
  families: readonly string[];
  /** Detectors left out. */
  disabled: readonly string[];
  quarters: Quarter[];
  outcomes: Outcome[];
}

export function writePieces(file: string, pieces: readonly Piece[]): void {
  writeFileSync(file, `${JSON.stringify(pieces)}\n`);
}

/** All that the files hold, one piece for each purpose and set of detectors, the whole engine first. @throws when a part was run twice */
export function readPieces(files: readonly string[]): Piece[] {
  const pieces = files.flatMap((file) => JSON.parse(readFileSync(file, "utf8")) as Piece[]);
  const groups = Map.groupBy(pieces, ({ purpose, disabled }) => `${purpose} ${disabled.join()}`);
  return [...groups.values()].map(joined).sort((a, b) => a.disabled.length - b.disabled.length);
}

function joined(pieces: readonly Piece[]): Piece {
  const quarters = pieces.flatMap((piece) => piece.quarters);
  const outcomes = pieces.flatMap((piece) => piece.outcomes);
  refuseTwice(quarters.map(({ family, seed }) => `quarter ${family} ${seed}`));
  refuseTwice(outcomes.map(({ family, seed, kind, speed, stealth }) => [family, seed, kind, speed, stealth].join(" ")));
  const families = [...new Set(pieces.flatMap((piece) => piece.families))];
  return { ...pieces[0]!, families, quarters, outcomes };
}

function refuseTwice(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new RangeError(`run twice: ${twice}`);
}

export function resultOf({ disabled, quarters, outcomes }: Piece): Result {
  return {
    disabled,
    benign: quarters.length > 0 ? benignFigures(quarters) : undefined,
    kinds: kindFigures(outcomes),
  };
}
