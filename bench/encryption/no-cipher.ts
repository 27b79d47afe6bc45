/**
 * Loaded before an archive (`--import`, in all of its threads): frames are copied, not encrypted, and keys not wrapped. For
 * the comparison alone; there is no such switch.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

const ciphers = new URL("./copying.ts", import.meta.url).href;
const replaced = ["object/record.ts", "keys/wrap.ts"].map(
  (path) => new URL(`../../src/vault/${path}`, import.meta.url).href,
);

registerHooks({
  load(url, context, next) {
    if (!replaced.includes(url)) return next(url, context);
    const text = readFileSync(new URL(url), "utf8");
    const source = text
      .replace("createCipheriv, createDecipheriv, ", "")
      .replace("import {", `import { createCipheriv, createDecipheriv } from "${ciphers}";\nimport {`);
    if (!/^import \{ createCipheriv/m.test(source) || source.includes("createCipheriv, createDecipheriv, "))
      throw new Error("the vault's ciphers are imported otherwise: adapt this");
    return { format: "module-typescript", source, shortCircuit: true };
  },
});
