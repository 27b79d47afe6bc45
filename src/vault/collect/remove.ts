/** The files of collected segments. Their removal is told by the journal first, so it may break off anywhere. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { removeFiles, replaceFile } from "../durable.ts";
import { segmentOf } from "../layout.ts";

/** In the vault's folder: the numbers, for a mirror that has not come to the entry that tells of them. */
export const collectedFile = "collected";

/** Removes those that are still there. @param collected all that ever were */
export async function removeSegments(folder: string, collected: ReadonlySet<number>): Promise<void> {
  const names = (await readdir(folder)).filter((name) => collected.has(segmentOf(name) ?? -1));
  if (names.length === 0) return;
  await replaceFile(join(folder, collectedFile), `${JSON.stringify([...collected].sort((a, b) => a - b))}\n`);
  await removeFiles(
    folder,
    names.map((name) => join(folder, name)),
  );
}
