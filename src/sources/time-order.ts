/**
 * Events in order of time although their files are not: kept in a database in a folder of their own while they are
 * sorted, and their lines again until they are given back in the order of the input. Memory is bounded, disk takes about
 * what the input takes unpacked.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { AccessEvent } from "../core/index.ts";

export class TimeOrder implements Disposable {
  readonly #folder: string;
  readonly #database: DatabaseSync;

  constructor(parent = tmpdir()) {
    this.#folder = mkdtempSync(join(parent, "holdfast-analyze-"));
    this.#database = new DatabaseSync(join(this.#folder, "events.sqlite"));
    // Nothing of it outlives the command, so nothing needs to be synced.
    this.#database.exec(`
      PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE; PRAGMA locking_mode = EXCLUSIVE;
      CREATE TABLE event (i INTEGER PRIMARY KEY, time TEXT NOT NULL, body TEXT NOT NULL);
      CREATE TABLE line (i INTEGER PRIMARY KEY, body TEXT NOT NULL);
      BEGIN`);
    const [event, line] = ["event (i, time, body) VALUES (?, ?, ?)", "line (i, body) VALUES (?, ?)"].map((into) =>
      this.#database.prepare(`INSERT INTO ${into}`),
    );
    this.add = (one, index) => void event!.run(index, one.time, JSON.stringify(one));
    this.keep = (index, text) => void line!.run(index, text);
  }

  readonly add: (event: AccessEvent, index: number) => void;
  /** The line of the event of that index. */
  readonly keep: (index: number, line: string) => void;

  /** The events by time; of the same millisecond, as they came. */
  *events(): Generator<{ index: number; event: AccessEvent }> {
    this.#database.exec("CREATE INDEX by_time ON event (time, i)");
    const rows = this.#database.prepare("SELECT i, body FROM event INDEXED BY by_time ORDER BY time, i").iterate();
    for (const { i, body } of rows) yield { index: Number(i), event: JSON.parse(String(body)) as AccessEvent };
  }

  /** The lines in the order of the input. */
  *lines(): Generator<string> {
    for (const { body } of this.#database.prepare("SELECT body FROM line ORDER BY i").iterate()) yield String(body);
  }

  [Symbol.dispose](): void {
    this.#database.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
