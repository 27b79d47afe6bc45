/**
 * Puts the simulated disks in the place of the system's for every module under src, without a change to any; and, for
 * the proof that an invariant can fail, a planted bug in the place of the right lines.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import type { PlantedBug } from "./planted.ts";

const src = new URL("../../src/", import.meta.url).href;
const here = (path: string): string => new URL(path, import.meta.url).href;
const simulated: Record<string, string> = {
  "node:fs": here("./disk/fs.ts"),
  "node:fs/promises": here("./disk/promises.ts"),
  "node:http": here("./net/http.ts"),
  "node:sqlite": here("./disk/sqlite.ts"),
};

export function install(bug?: PlantedBug): void {
  registerHooks({
    resolve(specifier, context, next) {
      const url = simulated[specifier];
      if (url === undefined || !context.parentURL?.startsWith(src)) return next(specifier, context);
      return { url, format: "module-typescript", shortCircuit: true };
    },
    load(url, context, next) {
      if (bug === undefined || url !== src + bug.file) return next(url, context);
      const text = readFileSync(new URL(url), "utf8");
      if (!text.includes(bug.right)) throw new Error(`${bug.file} has changed: plant the bug ${bug.name} anew.`);
      return { format: "module-typescript", source: text.replace(bug.right, bug.wrong), shortCircuit: true };
    },
  });
}
