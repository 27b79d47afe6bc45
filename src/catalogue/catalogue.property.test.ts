import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { levelOfKey } from "./attributes.ts";
import { openForWriting } from "./database.ts";
import { openCatalogue, openCatalogueReader } from "./index.ts";
import { history, question } from "./test/history.ts";
import { type Json, Model } from "./test/model.ts";
import { queryModel } from "./test/model-query.ts";
import type { ArchiveQuery, InstanceRef, JournalEntry, Target } from "./types.ts";
import { mainOn } from "./writer.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-catalogue-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = (): string => join(folder, `${files++}.sqlite`);
const levelOf = (tag: string) => levelOfKey.get(tag);

/** Applies a history in groups. */
function build(entries: JournalEntry[], group = 7): string {
  const file = newFile();
  const writer = openCatalogue(file);
  for (const [index, entry] of entries.entries()) {
    writer.apply(entry);
    if (index % group === 0) writer.commit();
  }
  writer.commit();
  writer.close();
  return file;
}

const until = (entries: JournalEntry[], at: number | undefined): JournalEntry[] =>
  at === undefined ? entries : entries.filter(({ time }) => time <= at);

/** Without the null prototypes of generated objects. */
const asJson = (json: Json[]): Json[] => JSON.parse(JSON.stringify(json)) as Json[];

const parsed = (matches: string[]): Json[] => matches.map((match) => JSON.parse(match) as Json);

/** Empty attributes and constants that includeAll brings. */
function pruned(json: Json): Json {
  const kept = Object.entries(json).filter(([tag, { Value }]) => Value && tag !== "00080005" && tag !== "00080056");
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const moment = fc.option(fc.integer({ min: 990, max: 1_130 }), { nil: undefined });

test("queries of the present and of any time find what a plain replay of the journal finds", () => {
  fc.assert(
    fc.property(
      history,
      fc.array(fc.tuple(question, moment, fc.boolean()), { minLength: 20, maxLength: 40 }),
      (entries, asked) => {
        const reader = openCatalogueReader(build(entries));
        try {
          for (const [{ level, keys }, at, fuzzy] of asked) {
            const query: ArchiveQuery = { level, keys, includeAll: true, ...(at === undefined ? {} : { at }), fuzzy };
            const expected = asJson(queryModel(new Model(levelOf, until(entries, at)), query).map(pruned));
            const page = reader.query(query);
            assert.deepEqual(parsed(page.matches).map(pruned), expected, JSON.stringify(query));
            assert.deepEqual(page.unsupported, []);
          }
        } finally {
          reader.close();
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("a reader that stays open answers after each commit as a new one does", () => {
  fc.assert(
    fc.property(
      history,
      fc.array(fc.tuple(question, moment), { minLength: 3, maxLength: 6 }),
      fc.integer({ min: 1, max: 9 }),
      (entries, asked, group) => {
        const file = newFile();
        const writer = openCatalogue(file);
        const staying = openCatalogueReader(file);
        for (let from = 0; from < entries.length; from += group) {
          for (const entry of entries.slice(from, from + group)) writer.apply(entry);
          writer.commit();
          const fresh = openCatalogueReader(file);
          for (const [{ level, keys }, at] of asked) {
            const query: ArchiveQuery = { level, keys, includeAll: true, ...(at === undefined ? {} : { at }) };
            assert.deepEqual(staying.query(query), fresh.query(query));
          }
          fresh.close();
        }
        staying.close();
        writer.close();
      },
    ),
    { numRuns: 40 },
  );
});

test("pages of a query put together are the whole", () => {
  fc.assert(
    fc.property(history, question, fc.integer({ min: 1, max: 4 }), (entries, { level, keys }, limit) => {
      const reader = openCatalogueReader(build(entries));
      const all: string[] = [];
      for (let offset = 0; ; offset += limit) {
        const page = reader.query({ level, keys, limit, offset });
        all.push(...page.matches);
        if (!page.more) break;
      }
      assert.deepEqual(all, reader.query({ level, keys }).matches);
      reader.close();
    }),
    { numRuns: 60 },
  );
});

const some = (values: string[]) =>
  fc.option(fc.uniqueArray(fc.constantFrom(...values), { minLength: 1 }), { nil: undefined });
const place = fc.record({
  patientId: fc.option(fc.constantFrom("P1", "P2", "", "p'%_[*]"), { nil: undefined, freq: 1 }),
  studyUid: some(["1.1", "1.2", "1.3"]),
  seriesUid: some(["2.1", "2.2", "2.3"]),
  sopInstanceUid: some(["3.1", "3.2", "3.3", "3.4"]),
  at: moment,
});

function given<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

const nameOf = ({ sopInstanceUid, version }: { sopInstanceUid: string; version: number }): string =>
  `${sopInstanceUid} ${version}`;

test("a target names the instances it should, in order, page by page", () => {
  fc.assert(
    fc.property(
      history,
      fc.array(place, { minLength: 10, maxLength: 20 }),
      fc.integer({ min: 1, max: 4 }),
      (entries, places, limit) => {
        const reader = openCatalogueReader(build(entries));
        for (const each of places) {
          const target: Target = given(each);
          const model = new Model(levelOf, until(entries, each.at));
          const expected = model.resolve(target).map(nameOf);
          const found: InstanceRef[] = [];
          for (let page: InstanceRef[]; ; ) {
            const last = found.at(-1);
            page = reader.resolve(target, { limit, ...(last ? { after: last } : {}) });
            found.push(...page);
            if (page.length < limit) break;
          }
          const names = found.map(nameOf);
          if (each.sopInstanceUid) assert.deepEqual(names.toSorted(), expected.toSorted());
          else assert.deepEqual(names, expected);
          assert.deepEqual(reader.resolve(target), found);
        }
        reader.close();
      },
    ),
    { numRuns: 60 },
  );
});

test("versions, counters and current instances agree with the journal", () => {
  fc.assert(
    fc.property(history, (entries) => {
      const file = build(entries);
      const model = new Model(levelOf, entries);
      const [writer, reader] = [openCatalogue(file), openCatalogueReader(file)];
      for (const [uid, versions] of model.instances) {
        const expected = versions.map(({ object, state, deletedAt }) => ({
          version: object.version,
          digest: object.digest,
          current: state === "visible",
          deletedAt,
        }));
        const found = reader
          .versions(uid)
          .map(({ version, digest, current, deletedAt }) => ({ version, digest, current, deletedAt }));
        assert.deepEqual(found, expected);
        const newest = versions.at(-1)!;
        assert.deepEqual(writer.current(uid), {
          version: newest.object.version,
          digest: newest.object.digest,
          headerDigest: newest.object.headerDigest,
          transferSyntaxUid: newest.object.transferSyntaxUid,
          deleted: newest.state !== "visible",
          key: newest.object.key ?? 0,
          segments: [newest.object.location.segment, newest.object.data?.segment].filter((each) => each !== undefined),
        });
      }
      const { patients, studies, series, instances, versions, journalEntries } = reader.statistics();
      const count = (level: ArchiveQuery["level"]): number => queryModel(model, { level, keys: {} }).length;
      assert.deepEqual(
        [patients, studies, series, instances],
        [count("patient"), count("study"), count("series"), count("instance")],
      );
      assert.equal(versions, entries.filter(({ record }) => record.kind === "store").length);
      assert.equal(journalEntries, entries.length);
      reader.close();
      writer.close();
    }),
    { numRuns: 60 },
  );
});

test("however entries are grouped, rolled back and applied again, the catalogue is the same", () => {
  const disturbances = fc.array(fc.tuple(fc.constantFrom("commit", "rollback", "reopen", "repeat"), fc.nat(9)), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(history, disturbances, (entries, disturbed) => {
      const file = newFile();
      let writer = openCatalogue(file);
      for (const [kind, steps] of disturbed) {
        for (let step = 0; step < steps && writer.appliedSeq + 1 < entries.length; step++)
          writer.apply(entries[writer.appliedSeq + 1]!);
        if (kind === "commit") writer.commit();
        if (kind === "rollback") writer.rollback();
        if (kind === "repeat" && writer.appliedSeq >= 0) writer.apply(entries[writer.appliedSeq]!);
        if (kind === "reopen") {
          writer.close();
          writer = openCatalogue(file);
        }
        if (kind !== "repeat") assert.equal(writer.appliedSeq, writer.committedSeq);
      }
      for (const entry of entries) writer.apply(entry);
      writer.commit();
      writer.close();
      const [disturbedReader, plain] = [openCatalogueReader(file), openCatalogueReader(build(entries, 1_000))];
      assert.deepEqual([...disturbedReader.dump()], [...plain.dump()]);
      disturbedReader.close();
      plain.close();
    }),
    { numRuns: 60 },
  );
});

test("whenever the disk is full or SQLite ends a transaction by itself, nothing is skipped afterwards", () => {
  const faults = fc.array(fc.record({ steps: fc.nat(9), kind: fc.constantFrom("full", "ended"), pages: fc.nat(3) }), {
    minLength: 1,
    maxLength: 12,
  });
  let failures = 0;
  fc.assert(
    fc.property(history, faults, (entries, struck) => {
      const file = newFile();
      const database = openForWriting(file);
      const writer = mainOn(database);
      /** As the archive does: up to the journal's end, from wherever the catalogue says it is. */
      const follow = (until: number, commit: boolean): void => {
        try {
          while (writer.appliedSeq + 1 < until) writer.apply(entries[writer.appliedSeq + 1]!);
          if (commit) writer.commit();
        } catch {
          failures++;
        }
      };
      for (const { steps, kind, pages } of struck) {
        follow(Math.min(entries.length, writer.appliedSeq + 1 + steps), false);
        const { page_count } = database.prepare("PRAGMA page_count").get() as { page_count: number };
        if (kind === "full") database.exec(`PRAGMA max_page_count = ${page_count + pages}`);
        else if (database.isTransaction) database.exec("ROLLBACK");
        follow(entries.length, true);
        database.exec("PRAGMA max_page_count = 1000000");
      }
      follow(entries.length, true);
      writer.close();
      const [disturbed, plain] = [openCatalogueReader(file), openCatalogueReader(build(entries, 1_000))];
      assert.deepEqual([...disturbed.dump()], [...plain.dump()]);
      disturbed.close();
      plain.close();
    }),
    { numRuns: 60 },
  );
  assert.ok(failures > 20, `only ${failures} failures were met`);
});
