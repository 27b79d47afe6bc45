/** The repository's own text, as the house rules read it. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface TextFile {
  /** Relative to the repository's root, with forward slashes. */
  path: string;
  text: string;
}

export const root = fileURLToPath(new URL("../..", import.meta.url));

const binary = /\.(png|jpg|jpeg|gif|ico|woff2?|dcm|zip|gz|wasm|bin)$/i;

/** Every text file that is, or would be, under version control. */
export function repositoryFiles(): TextFile[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], { cwd: root });
  const paths = [...new Set(listed.toString("utf8").split("\0"))].filter((path) => path !== "" && !binary.test(path));
  return paths
    .filter((path) => existsSync(join(root, path)) && statSync(join(root, path)).isFile())
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

export function isSource(file: TextFile): boolean {
  return file.path.startsWith("src/") && file.path.endsWith(".ts") && !file.path.endsWith(".test.ts");
}

/** `path:line` of an offset, as editors open it. */
export function place(file: TextFile, offset: number): string {
  return `${file.path}:${file.text.slice(0, offset).split("\n").length}`;
}

/** Files in the source folders that git does not keep: a test that reads one passes on this machine alone. */
export function ignoredSources(folder: string = root): string[] {
  const ask = ["ls-files", "--others", "--ignored", "--exclude-standard", "-z"];
  const listed = execFileSync("git", ask, { cwd: folder, maxBuffer: 256 * 1024 * 1024 }).toString("utf8");
  return listed.split("\0").filter((path) => /^(?:src|test|sim|bench|bin|console)\/(?!.*node_modules\/)/.test(path));
}
