/**
 * Tests that need a program or a sample that may be missing skip visibly:
 *
 *     test("storescu stores", { skip: need("storescu") }, async () => { … });
 *
 * Where everything must be there (the continuous build sets HOLDFAST_NO_SKIP=1) a missing program is a failure instead.
 */
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** `false` when every program is there, else the reason to skip. Throws instead when HOLDFAST_NO_SKIP is set. */
export function need(...programs: string[]): false | string {
  const missing = programs.filter((name) => programPath(name) === undefined);
  if (missing.length === 0) return false;
  const reason = `not installed: ${missing.join(", ")}`;
  if (noSkip()) throw new Error(`${reason} (HOLDFAST_NO_SKIP is set)`);
  return reason;
}

/** Where a program lies, searching PATH and the folders of system programs (Debian puts Orthanc in /usr/sbin). */
export function programPath(name: string): string | undefined {
  if (name.includes("/")) return executable(name) ? name : undefined;
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find(executable);
}

/** Sample files from the folder that lies beside a checkout. They cannot be installed, so they skip everywhere. */
export function needSamples(...names: string[]): false | string {
  const missing = names.filter((name) => !existsSync(samplePath(name)));
  return missing.length === 0 ? false : `no sample files: ${missing.join(", ")}`;
}

/** Path of a sample, e.g. `dicom/pydicom-CT_small.dcm`. */
export function samplePath(name: string): string {
  return join(fileURLToPath(new URL("../../../shared/data/", import.meta.url)), name);
}

function noSkip(): boolean {
  const value = process.env["HOLDFAST_NO_SKIP"];
  return value !== undefined && value !== "" && value !== "0";
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
