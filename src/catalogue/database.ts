/** Connections with the settings durability and bounded memory ask for. */
import { DatabaseSync } from "node:sqlite";
import { HoldfastError } from "../core/index.ts";
import { schema, schemaVersion } from "./schema.ts";

/** KiB of pages in memory for each connection. */
const cacheSize = 8 * 1024;

/** A connection that writes. Makes the tables when there are none. @throws HoldfastError storage/format */
export function openForWriting(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    configure(database);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000");
    if (isEmpty(database)) database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT`);
    checkVersion(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A connection that reads only. @throws HoldfastError storage/format */
export function openForReading(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    configure(database);
    checkVersion(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function configure(database: DatabaseSync): void {
  database.exec(`PRAGMA cache_size = -${cacheSize}; PRAGMA temp_store = MEMORY; PRAGMA busy_timeout = 5000;
    PRAGMA automatic_index = OFF`);
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
}

function checkVersion(database: DatabaseSync): void {
  const found = database.prepare("SELECT schema FROM state").get() as { schema: number } | undefined;
  if (found?.schema !== schemaVersion)
    throw new HoldfastError("storage/format", "The catalogue was made by another version; build it anew.");
}
