/** What the commands' options have in common. */
import { InvalidArgumentError } from "commander";

export function examples(...pairs: [command: string, meaning: string][]): string {
  return `\nExamples:\n${pairs.map(([command, meaning]) => `  ${command}\n      ${meaning}`).join("\n")}`;
}

export function positive(word: string): number {
  const value = Number(word);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}

/** An IANA name. */
export function timeZone(word: string): string {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: word }).resolvedOptions().timeZone;
  } catch {
    throw new InvalidArgumentError("There is no such time zone.");
  }
}

export function wholeNumber(minimum: number, maximum: number): (word: string) => number {
  return (word) => {
    const value = Number(word);
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`Give a whole number from ${minimum} to ${maximum}.`);
  };
}

/** RFC 3339 with an offset, as milliseconds since 1970. */
export function moment(word: string): number {
  const value = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(word)
    ? Date.parse(word)
    : Number.NaN;
  if (Number.isNaN(value)) throw new InvalidArgumentError("Give a time with its zone, e.g. 2026-04-20T03:00:00Z.");
  return value;
}
