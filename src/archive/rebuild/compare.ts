import { createHash } from "node:crypto";
import { CatalogueReaders, openCatalogueReader, tenantFile } from "../../catalogue/index.ts";

/** Names of the tables that do not say the same in both catalogues. */
export function differingTables(left: string, right: string): string[] {
  const [a, b] = [allDigests(left), allDigests(right)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((table) => a.get(table) !== b.get(table));
}

/** Of the main catalogue and of each tenant's. */
function allDigests(path: string): Map<string, string> {
  const digests = tableDigests(path);
  const readers = new CatalogueReaders(path);
  const names = readers.main.tenants();
  readers.close();
  for (const name of names)
    for (const [table, digest] of tableDigests(tenantFile(path, name))) digests.set(`${table} of ${name}`, digest);
  return digests;
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
