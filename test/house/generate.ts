/** `npm run docs`: writes the documents that are made from the code. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generated } from "./generated.ts";
import { root } from "./repository.ts";

for (const [path, make] of Object.entries(generated)) writeFileSync(join(root, path), make());
