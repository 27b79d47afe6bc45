/** Files that import each other in a circle can only be understood, tested and moved together. */
import { dirname, posix } from "node:path";
import { importsOf } from "./layers.ts";
import type { TextFile } from "./repository.ts";

const covered = /^(?:src|bench|sim)\/.*(?<!\.test)\.ts$/;

/** The circles among these files, each as `a -> b -> a`; types count, for they tie thoughts as well. */
export function circles(files: TextFile[]): string[] {
  const graph = new Map(files.filter(({ path }) => covered.test(path)).map((file) => [file.path, targetsOf(file)]));
  const found: string[] = [];
  const settled = new Set<string>();
  const way: string[] = [];
  const visit = (path: string): void => {
    const before = way.indexOf(path);
    if (before >= 0) {
      found.push([...way.slice(before), path].join(" -> "));
      return;
    }
    if (settled.has(path)) return;
    way.push(path);
    for (const target of graph.get(path) ?? []) visit(target);
    way.pop();
    settled.add(path);
  };
  for (const path of graph.keys()) visit(path);
  return found;
}

const targetsOf = (file: TextFile): string[] =>
  importsOf(file)
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier }) => posix.normalize(posix.join(dirname(file.path), specifier)));
