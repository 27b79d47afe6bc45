/** Builds the catalogue anew from the journal and puts it in the place of the one that stands. */
import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { openCatalogue } from "../../catalogue/index.ts";
import type { Clock } from "../../core/index.ts";
import { layoutOf, makeFolder } from "../../vault/index.ts";
import { unlock } from "../keys.ts";
import { catchUp } from "../writer/catch-up.ts";
import { differingTables } from "./compare.ts";

export interface RebuildOptions {
  dataFolder: string;
  keyFile: string;
  /** Entries in the journal. */
  entries: number;
  now: Clock;
  onProgress?: (entries: number, of: number) => void;
}

export interface RebuildReport {
  /** What stood before: `same` as the journal says, `different`, or it could not be read at all. */
  before: "same" | "different" | "unreadable";
  /** Tables that differed. */
  differing: string[];
}

/** The folder holds an archive, and the caller holds its lock. @throws HoldfastError storage/* */
export async function rebuildCatalogue(options: RebuildOptions): Promise<RebuildReport> {
  const layout = layoutOf(options.dataFolder);
  const { manifest, keyring } = await unlock(options.dataFolder, options.keyFile, options.now);
  const follow = async (file: string): Promise<void> => {
    const catalogue = openCatalogue(file);
    const { archive } = manifest;
    const sources = { catalogue, journal: { size: options.entries }, journalFolder: layout.journal, archive, keyring };
    try {
      await catchUp(sources, options.onProgress);
    } finally {
      catalogue.close();
    }
  };
  await makeFolder(dirname(layout.catalogue));
  const fresh = `${layout.catalogue}.new`;
  await removeDatabase(fresh);
  await follow(fresh);
  const report = await follow(layout.catalogue).then(
    () => compared(layout.catalogue, fresh),
    (): RebuildReport => ({ before: "unreadable", differing: [] }),
  );
  await removeDatabase(layout.catalogue, fresh);
  for (const name of await filesOf(fresh)) await rename(name, layout.catalogue + name.slice(fresh.length));
  return report;
}

function compared(standing: string, fresh: string): RebuildReport {
  const differing = differingTables(standing, fresh);
  return { before: differing.length === 0 ? "same" : "different", differing };
}

/** The main catalogue's file and those of the tenants, with what lies beside them. */
async function filesOf(path: string): Promise<string[]> {
  const names = await readdir(dirname(path));
  const ours = names.filter((name) => /^(@[a-z0-9-]+)?(-wal|-shm)?$/.test(name.slice(basename(path).length)));
  return ours.filter((name) => name.startsWith(basename(path))).map((name) => join(dirname(path), name));
}

async function removeDatabase(path: string, except?: string): Promise<void> {
  for (const name of await filesOf(path))
    if (except === undefined || !name.startsWith(except)) await rm(name, { force: true });
}
