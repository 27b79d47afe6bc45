/** What a DICOMDIR lists (PS3.3 F.5, PS3.10 8): on media it names every file; one that is missing is worth a word. */
import { type Stats, statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { codeOf, HoldfastError } from "../../../core/index.ts";
import { parseFileHeader, readDataSet, tagOf } from "../../../dicom/index.ts";
import { fileSource } from "./file.ts";
import type { Found } from "./source.ts";

const largestDicomdir = 256 * 1024 * 1024;

/** Entries for the files that the DICOMDIR lists and that are not there. */
export async function* missingFromDicomdir(path: string): AsyncGenerator<Found> {
  for await (const found of filesOfDicomdir(path)) if ("unreadable" in found) yield found;
}

/** Every file that the DICOMDIR lists, for a DICOMDIR that was named itself. */
export async function* filesOfDicomdir(path: string): AsyncGenerator<Found> {
  let fileIds: string[][];
  try {
    fileIds = await readFileIds(path);
  } catch (error) {
    yield { unreadable: { name: path, code: codeOf(error), detail: "The DICOMDIR cannot be read." } };
    return;
  }
  for (const fileId of fileIds) {
    const file = locate(dirname(path), fileId);
    const shown = `${path} » ${fileId.join("/").replace(/\p{Cc}/gu, "?")}`;
    if (file) yield { file: fileSource(file.path, file.status, true) };
    else yield { unreadable: { name: shown, code: "import/missing" } };
  }
}

/** Referenced File ID (0004,1500) of every record, each the parts of a path below the DICOMDIR. */
async function readFileIds(path: string): Promise<string[][]> {
  if ((await stat(path)).size > largestDicomdir) throw new HoldfastError("object/too-large");
  const bytes = await readFile(path);
  const header = parseFileHeader(bytes);
  if (!header) throw new HoldfastError("object/truncated");
  const dataSet = readDataSet(bytes.subarray(header.length), header.transferSyntaxUid);
  return dataSet
    .items(tagOf("DirectoryRecordSequence"))
    .map((record) => record.strings(tagOf("ReferencedFileID")))
    .filter((parts) => parts.length > 0);
}

/** Media are mounted with upper- or lower-case names. Parts that would lead out of the folder are not followed. */
function locate(folder: string, fileId: string[]): { path: string; status: Stats } | undefined {
  if (fileId.some((part) => part === "" || part === ".." || part === "." || basename(part) !== part)) return undefined;
  for (const parts of [fileId, fileId.map((part) => part.toLowerCase())]) {
    const path = join(folder, ...parts);
    const status = statSync(path, { throwIfNoEntry: false });
    if (status?.isFile()) return { path, status };
  }
  return undefined;
}
