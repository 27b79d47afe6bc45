/** A small catalogue of some entries, made before the whole one is there. */
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type JournalRecord, openCatalogue, openCatalogueReader } from "../../catalogue/index.ts";
import {
  type EntryPlace,
  type Keyring,
  type Layout,
  layoutOf,
  listJournal,
  makeFolder,
  readPlaced,
} from "../../vault/index.ts";
import type { Arriving } from "../arriving.ts";
import type { Unlocked } from "../keys.ts";

const folderOf = (layout: Layout): string => join(dirname(layout.catalogue), "early");

/** @returns its file; undefined when the whole one is as soon there. @throws HoldfastError storage/* */
export async function earlyCatalogue(
  arriving: Arriving,
  layout: Layout,
  { manifest, keyring }: Unlocked,
): Promise<string | undefined> {
  await removeEarly(layout);
  if (!arriving.early || !(await isFarBehind(layout))) return undefined;
  const early = await arriving.early;
  return early && build(layout, manifest.archive, keyring, early.places);
}

/** By a journal file or more, or not there. */
async function isFarBehind(layout: Layout): Promise<boolean> {
  const last = (await listJournal(layout.journal)).at(-1)?.first ?? 0;
  try {
    const reader = openCatalogueReader(layout.catalogue);
    const { committedSeq } = reader;
    reader.close();
    return committedSeq < last;
  } catch {
    return true;
  }
}

async function build(layout: Layout, archive: string, keyring: Keyring, places: Iterable<EntryPlace>): Promise<string> {
  await makeFolder(folderOf(layout), layout.root);
  const file = join(folderOf(layout), "catalogue.sqlite");
  const catalogue = openCatalogue(file, { partial: true });
  try {
    for await (const { seq, time, payload } of readPlaced(layout.journal, archive, keyring, places))
      catalogue.apply({ seq, time, record: JSON.parse(payload.toString()) as JournalRecord });
    catalogue.commit();
  } finally {
    catalogue.close();
  }
  return file;
}

export const removeEarly = (layout: Layout): Promise<void> => rm(folderOf(layout), { recursive: true, force: true });

/** Of a data folder that no restore goes on in: what a kill has left. */
export const forgetEarly = (dataFolder: string): Promise<void> => removeEarly(layoutOf(dataFolder));
