/** What names an archive (holdfast.json in the data folder) and the key file that opens it. */
import { chmod, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { HoldfastError } from "../core/index.ts";
import { makeFolder, replaceFile } from "./durable.ts";
import { verifierKey } from "./journal/checkpoint.ts";
import { newKeyFile, parseKeyFile } from "./keys/key-file.ts";
import { Keyring, type RandomBytes } from "./keys/keyring.ts";
import { formatVersion } from "./layout.ts";

export interface Manifest {
  format: number;
  /** UUID of the archive. */
  archive: string;
  created: string;
  /** Which master key opens it, and the C2SP verifier key of its checkpoints. */
  key: { id: string; verifier: string };
}

/** Name under which checkpoints are signed. */
export const originOf = (archive: string): string => `holdfast/${archive}`;

/** The manifest of an existing archive, or undefined. @throws HoldfastError storage/format */
export async function readManifest(path: string): Promise<Manifest | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const manifest = parse(text);
  if (manifest.format !== 1 && manifest.format !== formatVersion)
    throw new HoldfastError(
      "storage/format",
      `This archive has format ${manifest.format}; this version reads up to ${formatVersion}.`,
    );
  return manifest;
}

export async function writeManifest(
  path: string,
  archive: string,
  created: string,
  keyring: Keyring,
): Promise<Manifest> {
  const verifier = verifierKey(originOf(archive), keyring.publicKey);
  const format = keyring.roots.size > 0 ? formatVersion : 1;
  const manifest: Manifest = { format, archive, created, key: { id: keyring.id, verifier } };
  await replaceFile(path, `${JSON.stringify(manifest, undefined, 2)}\n`);
  return manifest;
}

/** Before anything of the present format is written: older versions must refuse it from then on. */
export async function raiseFormat(path: string, manifest: Manifest): Promise<void> {
  if (manifest.format === formatVersion) return;
  await replaceFile(path, `${JSON.stringify({ ...manifest, format: formatVersion }, undefined, 2)}\n`);
}

/** Opens the key file. @throws HoldfastError storage/key when it is missing, damaged or another archive's. */
export async function readKeyring(path: string, manifest: Manifest, random: RandomBytes): Promise<Keyring> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new HoldfastError("storage/key", `The key file cannot be read (${cause.code}).`, { cause });
  });
  const keyring = new Keyring(parseKeyFile(text), random);
  if (keyring.id !== manifest.key.id)
    throw new HoldfastError(
      "storage/key",
      `The archive needs the key ${manifest.key.id}, the file holds ${keyring.id}.`,
    );
  return keyring;
}

/** Opens a key file where there is no archive yet, and says whose it is. @throws HoldfastError storage/key */
export async function openKeyFile(path: string, random: RandomBytes): Promise<{ archive: string; keyring: Keyring }> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new HoldfastError("storage/key", `The key file cannot be read (${cause.code}).`, { cause });
  });
  const file = parseKeyFile(text);
  return { archive: file.archive, keyring: new Keyring(file, random) };
}

/**
 * Makes the key of a new archive, durable when it resolves. Never overwrites a key file: it may be another archive's
 * only one. @param begin called with the key before its file is there, to note what it is for
 */
export async function createKeyFile(
  path: string,
  archive: string,
  created: string,
  random: RandomBytes,
  begin: (keyring: Keyring) => Promise<void> = async () => {},
): Promise<Keyring> {
  if ((await readFile(path).catch(() => undefined)) !== undefined)
    throw new HoldfastError("storage/key", "There is a key file already; name another for a new archive.");
  const file = newKeyFile(archive, created, random);
  const keyring = new Keyring(file, random);
  await begin(keyring);
  await makeFolder(dirname(path));
  await replaceFile(path, `${JSON.stringify(file, undefined, 2)}\n`);
  await chmod(path, 0o600);
  return keyring;
}

function parse(text: string): Manifest {
  try {
    return JSON.parse(text) as Manifest;
  } catch (cause) {
    throw new HoldfastError("storage/format", "holdfast.json is damaged.", { cause });
  }
}
