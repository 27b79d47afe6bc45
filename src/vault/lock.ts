/** One process at a time owns a data folder. The lock is SQLite's on an otherwise empty file: the system frees it even after a kill. */
import { DatabaseSync } from "node:sqlite";
import { HoldfastError } from "../core/index.ts";

/** @throws HoldfastError storage/locked when another process has it. */
export function lockFolder(path: string): Disposable {
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    throw new HoldfastError("storage/locked", undefined, { cause });
  }
  return { [Symbol.dispose]: () => database.close() };
}
