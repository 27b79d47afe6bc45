/** Rules over the documents: links lead somewhere, and commands and options named exist. */
import { posix } from "node:path";
import type { Command } from "commander";
import { place, type TextFile } from "./repository.ts";

/** Relative links of Markdown files that lead to no file or heading of the repository. */
export function brokenLinks(files: TextFile[], exists: (path: string) => boolean): string[] {
  return markdown(files).flatMap((file) =>
    [...file.text.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)].flatMap((match) => {
      const target = match[1] ?? match[2]!;
      if (/^[a-z]+:/.test(target)) return [];
      const [path, heading] = target.split("#");
      const full = path === "" ? file.path : posix.normalize(posix.join(posix.dirname(file.path), path!));
      const found = exists(full);
      const other = files.find((each) => each.path === full);
      if (found && (!heading || (other && headings(other).has(heading)))) return [];
      return [`${place(file, match.index)} links to ${target}, which does not exist`];
    }),
  );
}

/** Command lines of `holdfast` in code, with the words behind it. */
export function commandLines(files: TextFile[]): { at: string; words: string[] }[] {
  return markdown(files).flatMap((file) =>
    [...file.text.matchAll(/(?:^|[`\s])(?:npx )?holdfast ((?:[a-z]|--)[^`\n|#]*)/gm)]
      .filter((match) => insideCode(file.text, match.index))
      .map((match) => ({ at: place(file, match.index), words: match[1]!.trim().split(/\s+/) })),
  );
}

/** What is wrong with one: an unknown command or option. */
export function wrongCommand(program: Command, words: string[]): string | undefined {
  let command = program;
  let rest = words;
  for (;;) {
    const next = command.commands.find((candidate) => candidate.name() === rest[0]);
    if (!next) break;
    command = next;
    rest = rest.slice(1);
  }
  if (command === program && !rest[0]?.startsWith("-")) return `there is no command ${rest[0]}`;
  const known = new Set(["--help", "-h", ...command.options.flatMap((option) => [option.long, option.short])]);
  const options = rest
    .filter((word) => word.startsWith("-"))
    .map((word) => word.split("=")[0]!.replace(/[\],.;:]+$/, ""));
  const wrong = options.find((option) => !known.has(option));
  return wrong ? `${command.name()} has no option ${wrong}` : undefined;
}

function markdown(files: TextFile[]): TextFile[] {
  return files.filter((file) => file.path.endsWith(".md"));
}

/** In a fenced block, or between back-ticks on its line. */
function insideCode(text: string, offset: number): boolean {
  const before = text.slice(0, offset + 1);
  if ((before.match(/^```/gm)?.length ?? 0) % 2 === 1) return true;
  const line = before.slice(before.lastIndexOf("\n") + 1);
  return (line.match(/`/g)?.length ?? 0) % 2 === 1;
}

/** Anchors as code forges make them from headings. */
function headings(file: TextFile): Set<string> {
  const titles = [...file.text.matchAll(/^#+ (.+)$/gm)].map((match) => match[1]!);
  return new Set(
    titles.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s-]/gu, "")
        .trim()
        .replace(/\s/g, "-"),
    ),
  );
}
