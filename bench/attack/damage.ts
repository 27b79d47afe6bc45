/** What is left, read from the archive itself once the server has stopped. */
import { openArchive } from "../../src/archive/index.ts";
import type { Prepared } from "./prepare.ts";

export interface Damage {
  /** Objects that a reader no longer gets as they were stored. */
  changed: number;
  /** Objects that are not, byte for byte, what was stored, as of the moment before the attack. */
  unreadable: number;
}

/** @param before ms since 1970, in the archive's time @param until what had changed by then; absent: by now */
export async function damageOf(
  { objects, keyFile }: Prepared,
  dataFolder: string,
  before: number,
  until?: number,
): Promise<Damage> {
  await using archive = await openArchive({ dataFolder, keyFile });
  const isWhole = async (target: { sopInstanceUid: string[]; at?: number }, file: Buffer) => {
    const [ref] = await archive.resolve(target);
    if (!ref) return false;
    const chunks: Uint8Array[] = [];
    for await (const chunk of archive.open(ref).file()) chunks.push(chunk);
    return Buffer.concat(chunks).equals(file);
  };
  let [changed, unreadable] = [0, 0];
  for (const { sopInstanceUid, file } of objects) {
    const then = { sopInstanceUid: [sopInstanceUid], ...(until === undefined ? {} : { at: until }) };
    if (!(await isWhole(then, file))) changed++;
    if (!(await isWhole({ sopInstanceUid: [sopInstanceUid], at: before }, file))) unreadable++;
  }
  return { changed, unreadable };
}
