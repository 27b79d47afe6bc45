/** Bugs that are planted, one at a time, to see that the invariants can fail. */
import type { Invariant } from "./invariants.ts";

export interface PlantedBug {
  name: string;
  /** Below src. */
  file: string;
  right: string;
  wrong: string;
  /** A history that it breaks; 1 when absent. */
  seed?: number;
  /** It takes a disk that fails often, or a replica that is behind. */
  harsh?: true;
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
    right: 'this.#readers.thread.ask("resolve", this.#tenant, target, {',
    wrong: 'this.#readers.thread.ask("resolve", this.#tenant, { ...target, at: undefined }, {',
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
    right: "if (!theirs) delete held.before;\n  else if (!held.theirs) held.before = shownOf(held);",
    wrong: "if (!held.theirs) held.before ??= shownOf(held);",
    breaks: ["undoIsExact", "redoIsIdentity"],
  },
  {
    name: "an undo's undo hides nothing again",
    file: "recovery/undo.ts",
    right: 'return visible ? [{ ...step, action: "hide" }] : [];',
    wrong: "return [];",
    seed: 14,
    breaks: ["redoIsIdentity", "undoIsExact"],
  },
  {
    name: "small files get their names before they are synced",
    file: "vault/durable.ts",
    right: "    await handle.datasync();\n  } finally",
    wrong: "  } finally",
    breaks: ["replicaIsTrue", "opens", "halfIsNone", "witnessIsTrue", "mirrorIsTrue"],
  },
  {
    name: "a disk that fails is taken for another history",
    harsh: true,
    file: "vault/replica/replicator.ts",
    right: 'if (!missing && codeOf(error) !== "storage/corrupt") throw error;',
    wrong: "",
    seed: 11,
    breaks: ["replicaIsOurs"],
  },
  {
    name: "a sector that was never written passes for a checkpoint",
    harsh: true,
    file: "vault/journal/note-file.ts",
    right: "if (notes.length > 0 && !isSigned(notes.at(-1)!.text)) notes.pop();",
    wrong: "void isSigned;",
    seed: 6,
    breaks: ["opens"],
  },
  {
    name: "a restore says at once that it is an archive",
    file: "vault/replica/restore/restore.ts",
    right: "  await bringJournal(options, plan, restored);\n  await bringVault(",
    wrong:
      "  await putManifest(dataFolder, plan);\n  await bringJournal(options, plan, restored);\n  await bringVault(",
    breaks: ["halfIsNone", "replicaIsTrue"],
  },
  {
    name: "what a broken write left stays",
    harsh: true,
    file: "vault/durable.ts",
    right: "    this.#frayed = true;",
    wrong: "",
    seed: 61,
    breaks: ["verifyIsGreen", "opens", "halfIsNone", "mirrorIsTrue", "mirrorIsLevel"],
  },
  {
    name: "a witness asks for no proof",
    file: "vault/witness/witness.ts",
    right: "if (!isConsistent({ size, root }, checkpoint, asked.proof))",
    wrong: "if (asked.proof.length > 63 && isConsistent({ size, root }, checkpoint, asked.proof))",
    harsh: true,
    seed: 1082,
    breaks: ["witnessIsTrue", "witnessIsLevel"],
  },
  {
    name: "a witness signs before it has kept",
    file: "vault/witness/store.ts",
    right: "return replaceFile(this.#path(origin), note);",
    wrong: "void replaceFile(this.#path(origin), note).catch(() => {});\n    return Promise.resolve();",
    seed: 3,
    breaks: ["witnessIsTrue", "witnessIsLevel"],
  },
  {
    name: "a mirror accepts a journal that is not durable",
    file: "vault/mirror/copy.ts",
    right: "    await this.#current!.file.sync();\n    const start",
    wrong: "    const start",
    seed: 113,
    breaks: ["mirrorIsTrue"],
  },
  {
    name: "a mirror takes objects on trust",
    file: "archive/mirror/following.ts",
    right: "return (await verifySegment(options.layout.vault, keys, ledger, () => {})).problems;",
    wrong: "return (await verifySegment(options.layout.vault, keys, ledger, () => {})).problems.slice(0, 0);",
    seed: 92,
    breaks: ["mirrorIsTrue"],
  },
  {
    name: "a mirror goes on without what its origin takes back",
    file: "vault/mirror/notes.ts",
    right: "if (!accepted) return rising(await fetchNotes(options, 0), 0);",
    wrong: "return rising(await fetchNotes(options, accepted ? -most : 0), 0).filter(({ size }) => size > copy.size);",
    breaks: ["mirrorIsTrue", "mirrorIsLevel"],
  },
  {
    name: "a collection waits for nothing",
    file: "vault/collect/needs.ts",
    right: "if (now - hidden.at < due || lived < due) return true;",
    wrong: "if (now < hidden.at && lived < due) return true;",
    breaks: ["goneWasDue"],
  },
  {
    name: "an erasure leaves the root key in use",
    file: "archive/writer/key-exchange.ts",
    right: "if (keys.isRootToExchange(root) && stores.keyring.root === root) await exchangeRoot(stores);",
    wrong: "if (keys.isRootToExchange(root) && stores.keyring.root === -1) await exchangeRoot(stores);",
    breaks: ["erasedIsSealed"],
  },
  {
    name: "an erasure leaves the clinic's key in use",
    file: "archive/writer/key-exchange.ts",
    right: "for (const tenant of keys.clinicsToExchange()) await beginClinic(stores, tenant);",
    wrong: "void beginClinic;",
    breaks: ["erasedIsSealed", "keysSettle", "witnessIsLevel"],
  },
  {
    name: "a key that was opened before it was destroyed stays open",
    file: "archive/keeping.ts",
    right: "    keys.forget();",
    wrong: "    void keys;",
    breaks: ["goneIsGone"],
  },
  {
    name: "an erasure waits for no day",
    file: "archive/erasures.ts",
    right: "dueAt === undefined || dueAt > now() ||",
    wrong: "dueAt === undefined ||",
    breaks: ["goneWasDue"],
  },
  {
    name: "an archive that could not be opened keeps its lock",
    file: "archive/writer/open.ts",
    right: "opened.use(lockFolder(layout.lock));",
    wrong: "lockFolder(layout.lock);",
    harsh: true,
    breaks: ["opens"],
  },
  {
    name: "verification keeps to itself what it finds",
    file: "vault/verify/verify.ts",
    right: "      checked.problems.push(...problems);\n      checked.erased += erased;",
    wrong: "      checked.erased += erased + problems.length;",
    breaks: ["damageIsNamed"],
  },
];
