import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { CatalogueReaders, openCatalogue, openCatalogueReader, tenantFile } from "./index.ts";
import { event, history, question } from "./test/history.ts";
import type { ArchiveQuery, JournalEntry } from "./types.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-tenants-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = (): string => join(folder, `${files++}.sqlite`);

const tenants = [undefined, "north", "south"];

function build(entries: JournalEntry[], file = newFile()): string {
  const writer = openCatalogue(file);
  for (const [index, entry] of entries.entries()) {
    writer.apply(entry);
    if (index % 5 === 0) writer.commit();
    if (index % 11 === 0) writer.rollback();
    if (writer.appliedSeq < entry.seq) writer.apply(entry); // the rollback took it back
  }
  writer.commit();
  writer.close();
  return file;
}

const of = (tenant: string | undefined, entry: JournalEntry): JournalEntry => {
  const { record } = entry;
  if (!("event" in record) || tenant === undefined) return entry;
  return { ...entry, record: { ...record, event: { ...record.event, tenant } } };
};

const access = ({ seq, time }: JournalEntry): JournalEntry => ({ seq, time, record: { kind: "access", event } });

/** What only tells how far the journal was followed. */
const content = (lines: Iterable<string>): string[] =>
  [...lines].filter((line) => !line.startsWith('["state"') && !line.startsWith('["tenant"'));

test("each tenant sees exactly the archive it would have alone: now, at any time, in every table", () => {
  const moment = fc.option(fc.integer({ min: 990, max: 1_130 }), { nil: undefined });
  const assigned = history.chain((entries) =>
    fc.tuple(
      fc.constant(entries),
      fc.array(fc.constantFrom(...tenants), { minLength: entries.length, maxLength: entries.length }),
    ),
  );
  fc.assert(
    fc.property(
      assigned,
      fc.array(fc.tuple(question, moment), { minLength: 5, maxLength: 10 }),
      ([entries, whose], asked) => {
        const shared = build(entries.map((entry, index) => of(whose[index], entry)));
        const readers = new CatalogueReaders(shared);
        for (const tenant of tenants) {
          const alone = openCatalogueReader(
            build(entries.map((entry, index) => (whose[index] === tenant ? entry : access(entry)))),
          );
          const view = readers.of(tenant);
          if (!view) assert.deepEqual(alone.statistics().versions, 0);
          else {
            assert.deepEqual(content(view.dump()), content(alone.dump()));
            for (const [{ level, keys }, at] of asked) {
              const query: ArchiveQuery = { level, keys, includeAll: true, ...(at === undefined ? {} : { at }) };
              assert.deepEqual(view.query(query), alone.query(query));
            }
          }
          alone.close();
        }
        readers.close();
      },
    ),
    { numRuns: 40 },
  );
});

test("a tenant's catalogue that is missing or behind is noticed", () => {
  fc.assert(
    fc.property(
      history.filter((entries) => entries.some(({ record }) => record.kind === "store")),
      (entries) => {
        const file = build(entries.map((entry) => of("north", entry)));
        for (const suffix of ["", "-wal", "-shm"]) rmSync(tenantFile(file, "north") + suffix, { force: true });
        assert.throws(() => openCatalogue(file), { code: "storage/corrupt" });
      },
    ),
    { numRuns: 3 },
  );
});

test("what is no name of a tenant names no file", () => {
  for (const name of ["../x", "", "North", "a/b", "a".repeat(64), "a@b", "-a"])
    assert.throws(() => tenantFile("c.sqlite", name), { code: "request/invalid" }, name);
});
