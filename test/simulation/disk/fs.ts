/** node:fs on simulated disks: what the system under test uses of it, done at once by whoever calls. */
import { existsSync as reallyExists } from "node:fs";
import { fileOf, openAt, operate, placeOf, readInto, syncNow, writeSome } from "./access.ts";
import { behind, forget, registerOpened } from "./promises.ts";
import { databaseFile } from "./sqlite.ts";

export function writevSync(descriptor: number, buffers: Uint8Array[], at: number): number {
  return writeSome(behind(descriptor), Buffer.concat(buffers), at);
}

export function fdatasyncSync(descriptor: number): void {
  syncNow(behind(descriptor));
}

export const fsyncSync = fdatasyncSync;

export function read(
  descriptor: number,
  into: Uint8Array,
  offset: number,
  length: number,
  at: number,
  done: (error: Error | null, count: number) => void,
): void {
  const opened = behind(descriptor);
  operate(opened.disk, opened.boot, "read", () => readInto(fileOf(opened), into, offset, length, at)).then(
    (count) => done(null, count),
    (error: Error) => done(error, 0),
  );
}

export function readSync(descriptor: number, into: Uint8Array, offset: number, length: number, at: number): number {
  const opened = behind(descriptor);
  opened.disk.step("read", opened.boot);
  return readInto(fileOf(opened), into, offset, length, at);
}

export function openSync(path: string, flags = "r"): number {
  const place = placeOf(path);
  place.disk.step("open", place.disk.boot);
  return registerOpened(openAt(place, flags));
}

export function closeSync(descriptor: number): void {
  forget(descriptor);
}

export function readFileSync(path: string, encoding?: BufferEncoding): Buffer | string {
  const place = placeOf(path);
  place.disk.step("read", place.disk.boot);
  const { bytes } = fileOf(openAt(place, "r"));
  return encoding ? bytes.toString(encoding) : Buffer.from(bytes);
}

export function existsSync(path: string): boolean {
  const { disk, parts } = placeOf(path);
  return disk.find(parts) !== undefined || reallyExists(databaseFile(path));
}
