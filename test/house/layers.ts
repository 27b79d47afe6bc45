/** The layer rule: rooms import downwards only, and enter one another through an `index.ts`. */
import { dirname, posix } from "node:path";
import { isSource, place, type TextFile } from "./repository.ts";

/** The rooms from the ground up. A room may use any that stands before it, unless it is restricted below. */
export const rooms = [
  "core",
  "dicom",
  "dimse",
  "vault",
  "catalogue",
  "behaviour",
  "sources",
  "gate",
  "response",
  "recovery",
  "continuity",
  "vendors",
  "archive",
  "http",
  "cli",
];

/** Rooms that must stay independent of more than the order asks for. */
const only: Record<string, { may: string[]; because: string }> = {
  core: { may: [], because: "everything stands on it" },
  dicom: { may: ["core"], because: "the standard is pure" },
  dimse: { may: ["core", "dicom"], because: "the wire knows no storage" },
  vault: { may: ["core", "dicom"], because: "storage knows no wire" },
  catalogue: { may: ["core", "dicom", "vault"], because: "the index knows no wire" },
  behaviour: { may: ["core"], because: "detection is a pure function of the event stream" },
};

/** What lies outside src and must not know a room. */
const strangers: Record<string, { mayNot: string[]; because: string }> = {
  "sim/clinic/": { mayNot: ["behaviour"], because: "a simulator that knows the engine proves nothing about it" },
};

interface Import {
  specifier: string;
  offset: number;
}

const importForms = [
  /(?:^|\n)\s*(?:import|export)\s(?:[^;"']*?\sfrom\s+)?["']([^"']+)["']/g,
  /\bimport\(\s*["']([^"']+)["']\s*\)/g,
];

/** Violations among these files, one line each; empty when the house stands. */
export function layerViolations(files: TextFile[]): string[] {
  const sources = files.filter((file) => file.path.startsWith("src/") && file.path.endsWith(".ts"));
  const paths = new Set(sources.map((file) => file.path));
  return sources.flatMap((file) => importsOf(file).flatMap((use) => judge(file, use, paths)));
}

/** The same for what is restricted outside src. */
export function strangerViolations(files: TextFile[]): string[] {
  return files.flatMap((file) => {
    const folder = Object.keys(strangers).find((each) => file.path.startsWith(each));
    if (!folder || !file.path.endsWith(".ts")) return [];
    const { mayNot, because } = strangers[folder]!;
    return importsOf(file).flatMap((use) => {
      const target = posix.normalize(posix.join(dirname(file.path), use.specifier));
      const room = mayNot.find((each) => target.startsWith(`src/${each}/`));
      return room ? [`${place(file, use.offset)} imports ${target}: ${folder} must not use ${room} (${because})`] : [];
    });
  });
}

export function importsOf(file: TextFile): Import[] {
  return importForms.flatMap((form) =>
    [...file.text.matchAll(form)].map((match) => ({
      specifier: match[1]!,
      offset: match.index + match[0].lastIndexOf(match[1]!),
    })),
  );
}

function judge(file: TextFile, use: Import, paths: Set<string>): string[] {
  if (!use.specifier.startsWith(".")) return [];
  const target = posix.normalize(posix.join(dirname(file.path), use.specifier));
  const at = `${place(file, use.offset)} imports ${target}`;
  if (!target.startsWith("src/")) return isSource(file) ? [`${at}: src must not use what lies outside src`] : [];
  const [from, to] = [roomOf(file.path), roomOf(target)];
  if (!rooms.includes(to)) return [`${at}: ${to} is not a room of the house`];
  if (from === to) return [];
  if (!isSource(file)) return []; // tests beside their subject may look deeper
  if (rooms.indexOf(to) > rooms.indexOf(from)) return [`${at}: ${from} stands below ${to}`];
  const rule = only[from];
  if (rule && !rule.may.includes(to)) return [`${at}: ${from} must not use ${to} (${rule.because})`];
  if (!isDoor(target, paths)) return [`${at}: enter ${to} through an index.ts`];
  return [];
}

/** A room's index.ts, or that of a part of it that has an index.ts of its own (`archive/transfer`). */
function isDoor(target: string, paths: Set<string>): boolean {
  return posix.basename(target) === "index.ts" && paths.has(target);
}

function roomOf(path: string): string {
  return path.split("/")[1] ?? "";
}
