/** Searches collected logs, metrics and errors for patient data and secrets. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Trace, type TraceKind, traceKinds } from "./traces.ts";

export interface Leak {
  kind: TraceKind;
  /** The test file under which it was left. */
  from: string;
  what: string;
  found: string;
  /** What stands around it. */
  excerpt: string;
}

/** What has a form of its own, whoever made it. */
const forms: [what: string, pattern: RegExp][] = [
  ["a person's name (PN)", /\p{L}[\p{L}.'-]*\^\p{L}[\p{L}'-]*/gu],
  ["a UID of a data set", /(?<![\d.])(?:2\.25\.\d+|[0-2](?:\.(?:0|[1-9]\d*)){5,})(?![\d])/g],
  ["an API key", /hf_[0-9a-f]{18}_[\w-]{43}/g],
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY|AGE-SECRET-KEY-\w+|PRIVATE\+KEY\+/g],
  ["a key of 32 bytes", /(?<![\w+/])[A-Za-z0-9+/]{43}=(?!=)/g],
  ["a password's hash", /\$argon2id\$/g],
  ["an authenticator's secret", /otpauth:|(?<![A-Z2-7])[A-Z2-7]{32}(?![A-Z2-7])/g],
];

/** UIDs that name kinds and programs, not data: those of the standard (PS3.6), and implementation class UIDs. */
const isOfKind = (uid: string): boolean => /^1\.2\.840\.10008\./.test(uid);

export interface Search {
  /** How many different texts were collected of each kind. */
  counts: Record<TraceKind, number>;
  leaks: Leak[];
}

export function searchTraces(folder: string): Search {
  const find = finder(read(folder, "private").map(({ text }) => text));
  const search: Search = { counts: { logs: 0, metrics: 0, errors: 0 }, leaks: [] };
  for (const kind of traceKinds) {
    const texts = new Map(read(folder, kind).map(({ from, text }) => [text, from]));
    search.counts[kind] = texts.size;
    for (const [text, from] of texts)
      for (const [what, found] of find(text))
        search.leaks.push({ kind, from, what, found, excerpt: around(text, found) });
  }
  return search;
}

/** What a whole run of the tests must not leave; each line says where. */
export function complaintsOf({ counts, leaks }: Search, isWholeRun: boolean): string[] {
  const missing = traceKinds.filter((kind) => isWholeRun && counts[kind] === 0);
  return [
    ...missing.map((kind) => `no ${kind} were collected: the search proves nothing`),
    ...leaks.map(({ kind, from, what, found, excerpt }) => `${from}: ${kind} hold ${what}, ${found}: ${excerpt}`),
  ];
}

function around(text: string, found: string): string {
  const at = Math.max(text.toLowerCase().indexOf(found.toLowerCase()), 0);
  return text.slice(Math.max(at - 80, 0), at + found.length + 80).replace(/\s+/g, " ");
}

type Found = [what: string, found: string];

/** Marked values count as whole words, in any case; also where they are percent-encoded. */
function finder(marked: string[]): (text: string) => Found[] {
  const words = new Set<string>();
  const phrases: string[] = [];
  for (const value of marked.map((each) => each.toLowerCase()))
    if (wordsOf(value).join("") === value) words.add(value);
    else phrases.push(value);
  const inOne = (text: string): Found[] => {
    const lower = text.toLowerCase();
    const formed = forms.flatMap(([what, pattern]) =>
      [...text.matchAll(pattern)].filter(([found]) => !isOfKind(found)).map(([found]): Found => [what, found]),
    );
    const asWord = wordsOf(lower).filter((word) => words.has(word));
    const asPhrase = phrases.filter((phrase) => lower.includes(phrase));
    return [...formed, ...[...asWord, ...asPhrase].map((value): Found => ["what a test marked as private", value])];
  };
  return (text) => {
    const decoded = percentDecoded(text);
    const found = decoded === text ? inOne(text) : [...inOne(text), ...inOne(decoded)];
    return [...new Map(found.map((each) => [each.join(), each])).values()];
  };
}

const wordsOf = (text: string): string[] =>
  text.split(/[^\p{L}\p{N}_.^-]+/u).flatMap((word) => word.replace(/^\.+|\.+$/g, "") || []);

const percentDecoded = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => Buffer.from(encoded.replaceAll("%", ""), "hex").toString());

function read(folder: string, kind: TraceKind | "private"): Trace[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${kind}-`))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line) as Trace);
}
