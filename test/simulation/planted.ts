/** Bugs that are planted, one at a time, to see that the invariants can fail. */
import type { Invariant } from "./invariants.ts";

export interface PlantedBug {
  name: string;
  /** Below src. */
  file: string;
  right: string;
  wrong: string;
  /** Where the search for a history that it breaks begins; 1 when absent. */
  seed?: number;
  /** One of these must fail. */
  breaks: Invariant[];
}

export const planted: PlantedBug[] = [
  {
    name: "the journal is not synced",
    file: "vault/journal/writer.ts",
    right: "      await this.#file.sync();\n    } catch (error) {",
    wrong: "    } catch (error) {",
    breaks: ["opens", "acknowledgedIsKept", "journalOnlyGrows"],
  },
  {
    name: "a sync that failed before a kill is made good by another",
    file: "vault/journal/writer.ts",
    right: "if (found) await file.renew(found.unproven);",
    wrong: "if (found) await file.sync();",
    seed: 391,
    breaks: ["opens", "acknowledgedIsKept"],
  },
  {
    name: "segments are not synced",
    file: "vault/segment/writer.ts",
    right: "await file.file.sync();",
    wrong: "",
    breaks: ["acknowledgedIsKept"],
  },
  {
    name: "a journal that ends with its checkpoint is said to be short",
    file: "vault/journal/writer.ts",
    right: "if (checkpoint.size > size)",
    wrong: "if (checkpoint.size >= size)",
    breaks: ["opens"],
  },
  {
    name: "the past is answered with the present",
    file: "archive/archive.ts",
    right: 'this.#reader.ask("resolve", this.#tenant, target, {',
    wrong: 'this.#reader.ask("resolve", this.#tenant, { ...target, at: undefined }, {',
    breaks: ["asOfIsFixed"],
  },
  {
    name: "checkpoints sign another root",
    file: "vault/journal/writer.ts",
    right: "root: this.#state.range.root() };",
    wrong: "root: Buffer.alloc(32, this.#state.size) };",
    breaks: ["checkpointsAgree", "opens", "halfIsNone"],
  },
  {
    name: "the catalogue is told another time",
    file: "archive/writer/commit.ts",
    right: "stores.catalogue.apply({ seq: first + index, time, record });",
    wrong: "stores.catalogue.apply({ seq: first + index, time: time + 1, record });",
    breaks: ["catalogueIsProjection"],
  },
  {
    name: "the bytes of an object end early",
    file: "archive/object.ts",
    right: "      yield chunk;",
    wrong: "      yield chunk.subarray(1);",
    breaks: ["acknowledgedIsKept", "nothingIsInvented"],
  },
  {
    name: "damage leaves out what was hidden",
    file: "recovery/damage.ts",
    right: "if (theirs) for (const held of changed)",
    wrong: "if (theirs && visible) for (const held of changed)",
    breaks: ["damageIsExact"],
  },
  {
    name: "undo goes back further than the attack",
    file: "recovery/holdings.ts",
    right: "if (!theirs) held.before = to;",
    wrong: "if (!theirs) held.before ??= to;",
    breaks: ["undoIsExact", "redoIsIdentity"],
  },
  {
    name: "an undo's undo hides nothing again",
    file: "recovery/undo.ts",
    right: 'return visible ? [{ ...step, action: "hide" }] : [];',
    wrong: "return [];",
    breaks: ["redoIsIdentity", "undoIsExact"],
  },
  {
    name: "small files get their names before they are synced",
    file: "vault/durable.ts",
    right: "    await handle.datasync();\n  } finally",
    wrong: "  } finally",
    breaks: ["replicaIsTrue", "opens", "halfIsNone"],
  },
  {
    name: "a disk that fails is taken for another history",
    file: "vault/replica/replicator.ts",
    right: 'if (!missing && codeOf(error) !== "storage/corrupt") throw error;',
    wrong: "",
    seed: 42,
    breaks: ["replicaIsOurs"],
  },
  {
    name: "what a broken write left of a checkpoint is replicated",
    file: "vault/replica/source.ts",
    right: "end: last.end }",
    wrong: "end: bytes.length }",
    seed: 1306,
    breaks: ["halfIsNone", "replicaIsTrue"],
  },
  {
    name: "a sector that was never written passes for a checkpoint",
    file: "vault/journal/note-file.ts",
    right: "if (notes.length > 0 && !isSigned(notes.at(-1)!.text)) notes.pop();",
    wrong: "void isSigned;",
    seed: 3575,
    breaks: ["opens"],
  },
  {
    name: "a restore says at once that it is an archive",
    file: "vault/replica/restore.ts",
    right: "  await bring(journal);",
    wrong: '  await replaceFile(join(dataFolder, "holdfast.json"), point.manifest);\n  await bring(journal);',
    breaks: ["halfIsNone", "replicaIsTrue"],
  },
  {
    name: "what a broken write left stays",
    file: "vault/durable.ts",
    right: "    this.#frayed = true;",
    wrong: "",
    seed: 577,
    breaks: ["verifyIsGreen", "opens", "halfIsNone"],
  },
  {
    name: "verification keeps to itself what it finds",
    file: "vault/verify/verify.ts",
    right: "      checked.problems.push(...problems);\n      checked.erased += erased;",
    wrong: "      checked.erased += erased + problems.length;",
    breaks: ["damageIsNamed"],
  },
];
