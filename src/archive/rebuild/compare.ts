import { createHash } from "node:crypto";
import { openCatalogueReader } from "../../catalogue/index.ts";

/** Names of the tables that do not say the same in both catalogues. */
export function differingTables(left: string, right: string): string[] {
  const [a, b] = [tableDigests(left), tableDigests(right)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((table) => a.get(table) !== b.get(table));
}

/** SHA-256 over each table's lines. */
function tableDigests(path: string): Map<string, string> {
  const reader = openCatalogueReader(path);
  const hashes = new Map<string, ReturnType<typeof createHash>>();
  try {
    for (const line of reader.dump()) {
      const table = line.slice(2, line.indexOf('"', 2));
      const hash = hashes.get(table) ?? createHash("sha256");
      hashes.set(table, hash.update(line).update("\n"));
    }
  } finally {
    reader.close();
  }
  return new Map([...hashes].map(([table, hash]) => [table, hash.digest("hex")]));
}
