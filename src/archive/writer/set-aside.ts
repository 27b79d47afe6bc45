/** A catalogue that cannot be opened, out of the way of the one built anew from the journal. */
import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { codeOf } from "../../core/index.ts";

/** What it was: of another version of the program, or not readable. */
const endings = { superseded: ".superseded", damaged: ".damaged" } as const;

/** Renames the catalogue's files by why they cannot be used. Those set aside before are removed: one set is kept. */
export async function setAside(path: string, why: unknown): Promise<void> {
  const ending = codeOf(why) === "storage/format" ? endings.superseded : endings.damaged;
  const folder = dirname(path);
  const names = (await readdir(folder)).filter((name) => name.startsWith(basename(path)));
  const earlier = names.filter((name) => Object.values(endings).some((each) => name.endsWith(each)));
  for (const name of earlier) await rm(join(folder, name));
  for (const name of names)
    if (!earlier.includes(name)) await rename(join(folder, name), join(folder, `${name}${ending}`));
}
