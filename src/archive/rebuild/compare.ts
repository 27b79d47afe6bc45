import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";

/** Names of the tables whose rows are not the same in both databases. */
export function differingTables(left: string, right: string): string[] {
  const [a, b] = [tableDigests(left), tableDigests(right)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((table) => a.get(table) !== b.get(table));
}

/** SHA-256 over every table's rows in order of all columns. */
function tableDigests(path: string): Map<string, string> {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
    return new Map(tables.map(({ name }) => [String(name), digest(database, String(name))]));
  } finally {
    database.close();
  }
}

function digest(database: DatabaseSync, table: string): string {
  const columns = database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all();
  const names = columns.map(({ name }) => `"${name}"`).join(", ");
  const hash = createHash("sha256");
  for (const row of database.prepare(`SELECT ${names} FROM "${table}" ORDER BY ${names}`).iterate()) {
    for (const value of Object.values(row))
      hash.update(value instanceof Uint8Array ? value : String(value)).update("\0");
  }
  return hash.digest("hex");
}
