/** The key file of an archive: where it is, and its making at the first start. */
import { randomBytes, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Clock, HoldfastError, rfc3339 } from "../core/index.ts";
import {
  createKeyFile,
  encodeKeyFile,
  type KeyFile,
  type Keyring,
  KeyStore,
  type Layout,
  layoutOf,
  lockFolder,
  type Manifest,
  makeFolder,
  newRootKey,
  publish,
  readKeyring,
  readManifest,
  writeManifest,
} from "../vault/index.ts";

export interface Unlocked {
  dataFolder: string;
  manifest: Manifest;
  keyring: Keyring;
  keyFile: string;
  /** The key was made just now: the operator must be told to back it up. */
  created: boolean;
}

/** Outside the data folder: whoever copies the archive does not get the key with it. */
export function defaultKeyFile(archive: string, environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment["XDG_CONFIG_HOME"] || join(homedir(), ".config");
  return join(base, "holdfast", `${archive}.key.json`);
}

/** Opens the archive's keys; a new data folder gets a manifest and a key file. @throws HoldfastError storage/key */
export async function unlock(dataFolder: string, keyFile: string | undefined, now: Clock): Promise<Unlocked> {
  const layout = layoutOf(dataFolder);
  await makeFolder(dataFolder);
  const manifest = await readManifest(layout.manifest);
  if (manifest) return open(dataFolder, manifest, keyFile);
  using _lock = lockFolder(layout.lock); // of two first starts at once, one makes the archive
  const meanwhile = await readManifest(layout.manifest);
  return meanwhile ? open(dataFolder, meanwhile, keyFile) : create(layout, keyFile, now);
}

/**
 * Gives an archive of format 1 a root key: what is stored from the next start on is under patients' keys. The copy is
 * made first, since older copies do not open what comes then.
 * @param copy writes the bytes of the new key file where they are safe
 * @throws HoldfastError request/conflict when it has one, storage/locked while the archive runs, storage/key
 */
export async function upgradeKeyFile(
  dataFolder: string,
  keyFile: string,
  copy: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  using _lock = lockFolder(layoutOf(dataFolder).lock);
  const store = new KeyStore(keyFile, randomBytes);
  const file = await store.read();
  if (file.root) throw new HoldfastError("request/conflict", "The key file has a root key already.");
  const upgraded: KeyFile = { ...file, version: 2, root: newRootKey(1, randomBytes) };
  await copy(Buffer.from(encodeKeyFile(upgraded)));
  await store.write(upgraded);
}

async function open(dataFolder: string, manifest: Manifest, keyFile: string | undefined): Promise<Unlocked> {
  const path = keyFile ?? defaultKeyFile(manifest.archive);
  const keyring = await readKeyring(path, manifest, randomBytes);
  if (!keyring.signs)
    throw new HoldfastError(
      "storage/key",
      "This key file only reads, for a mirror or verify; the archive needs its own.",
    );
  return { dataFolder, manifest, keyring, keyFile: path, created: false };
}

async function create(layout: Layout, keyFile: string | undefined, now: Clock): Promise<Unlocked> {
  if ((await readdir(layout.journal).catch(() => [])).length > 0)
    throw new HoldfastError(
      "storage/format",
      "holdfast.json is missing from an archive that has a journal; restore it.",
    );
  const begun = await goOn(layout, keyFile);
  if (begun) return begun;
  const archive = randomUUID();
  const path = keyFile ?? defaultKeyFile(archive);
  const created = rfc3339(now());
  // What the key is for is noted first: killed in between, the next start knows the key file as this archive's own.
  await createKeyFile(path, archive, created, randomBytes, async (keyring) => {
    await writeManifest(layout.begun, archive, created, keyring);
  });
  await publish(layout.begun, layout.manifest);
  return { ...(await open(layout.root, (await readManifest(layout.manifest))!, path)), created: true };
}

/** Ends a first start that was killed when its key file was there; undefined when there is none, or no key yet. */
async function goOn(layout: Layout, keyFile: string | undefined): Promise<Unlocked | undefined> {
  const manifest = await readManifest(layout.begun);
  if (!manifest) return undefined;
  const path = keyFile ?? defaultKeyFile(manifest.archive);
  if ((await readFile(path).catch(() => undefined)) === undefined) return undefined;
  const unlocked = await open(layout.root, manifest, path);
  await publish(layout.begun, layout.manifest);
  return { ...unlocked, created: true };
}
