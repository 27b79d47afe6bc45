/** `holdfast keys`: where the key file is, a checked copy of it, and a root key for an archive that has none. */
import { open, readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { defaultKeyFile, upgradeKeyFile } from "../../archive/index.ts";
import { HoldfastError } from "../../core/index.ts";
import {
  type CopyNote,
  Keyring,
  layoutOf,
  noteCopy,
  parseKeyFile,
  readingKeyFile,
  readManifest,
} from "../../vault/index.ts";
import { configOf, type Parsed } from "../program/config-options.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { type ExitCode, exit } from "../program/exit.ts";

type Options = Parsed & { json?: boolean };

/** Exit code 1 when there is no key file there. */
export async function showLocation(options: Options, environment: CommandEnvironment): Promise<ExitCode> {
  const keyFile = await locate(options, environment);
  const exists = (await stat(keyFile).catch(() => undefined))?.isFile() ?? false;
  if (options.json) environment.stdout.write(`${JSON.stringify({ keyFile, exists })}\n`);
  else environment.stdout.write(`${keyFile}\n`);
  if (!exists) environment.stderr.write("There is no key file there: restore it from its backup.\n");
  return exists ? exit.done : exit.no;
}

export async function backup(options: Options & { file: string }, environment: CommandEnvironment): Promise<ExitCode> {
  const keyFile = await locate(options, environment);
  const target = resolve(environment.cwd, options.file);
  const bytes = await readFile(keyFile).catch((cause) => {
    throw new HoldfastError("storage/key", `The key file ${keyFile} cannot be read.`, { cause });
  });
  await writeNew(target, bytes);
  if (!bytes.equals(await readFile(target))) throw new HoldfastError("storage/io", "The copy differs; discard it.");
  await noteCopyOf(bytes, keyFile, "backup", environment);
  if (options.json) environment.stdout.write(`${JSON.stringify({ keyFile, backup: target })}\n`);
  else
    environment.stdout.write(
      `Copied ${keyFile} to ${target}. With it and the data all can be read: keep it off-line.\n`,
    );
  return exit.done;
}

/** Reading a key file makes no key. */
const drawsNothing = (): never => {
  throw new HoldfastError("internal/error");
};

/** A key file for a mirror: it opens and verifies everything, and can sign nothing. */
export async function reader(options: Options & { file: string }, environment: CommandEnvironment): Promise<ExitCode> {
  const keyFile = await locate(options, environment);
  const target = resolve(environment.cwd, options.file);
  const text = await readFile(keyFile, "utf8").catch((cause) => {
    throw new HoldfastError("storage/key", `The key file ${keyFile} cannot be read.`, { cause });
  });
  const file = parseKeyFile(text);
  const { publicKey } = new Keyring(file, drawsNothing);
  await writeNew(target, Buffer.from(`${JSON.stringify(readingKeyFile(file, publicKey), undefined, 2)}\n`));
  if (options.json) environment.stdout.write(`${JSON.stringify({ keyFile, reader: target })}\n`);
  else
    environment.stdout.write(
      `${target} reads everything that ${keyFile} does, and signs nothing. It is no backup: an archive does not start with it.\n`,
    );
  return exit.done;
}

/**
 * An archive of format 1 gets a root key, so that what is stored from now on is under patients' keys. The copy comes
 * first: an older one does not open what comes later.
 */
export async function upgrade(options: Options & { file: string }, environment: CommandEnvironment): Promise<ExitCode> {
  const { data } = await configOf(options, environment);
  const keyFile = await locate(options, environment);
  const target = resolve(environment.cwd, options.file);
  await upgradeKeyFile(data, keyFile, async (bytes) => {
    await writeNew(target, bytes);
    await noteCopyOf(bytes, keyFile, "backup", environment);
  });
  if (options.json) environment.stdout.write(`${JSON.stringify({ keyFile, backup: target })}\n`);
  else
    environment.stdout.write(
      `${keyFile} has a root key now; ${target} is a copy of it: keep it off-line. Older copies open only what was stored before.\n`,
    );
  return exit.done;
}

/** Remembers that there is a copy of this key file, so that it is known when another is due. */
export async function noteCopyOf(
  bytes: Buffer,
  keyFile: string,
  way: CopyNote["way"],
  environment: CommandEnvironment,
): Promise<void> {
  const { root } = parseKeyFile(bytes.toString("utf8"));
  await noteCopy(keyFile, { generation: root?.generation ?? 0, time: environment.clock(), way });
}

/** The configured key file, or the one an archive gets when none is configured. */
export async function locate(options: Options, environment: CommandEnvironment): Promise<string> {
  const { data, keyFile } = await configOf(options, environment);
  if (keyFile !== undefined) return keyFile;
  const manifest = await readManifest(layoutOf(data).manifest);
  if (!manifest) {
    throw new HoldfastError("request/not-found", `There is no archive in ${data}; its first start makes the key file.`);
  }
  return defaultKeyFile(manifest.archive, environment.variables);
}

/** Durable before it is reported: the file and its name are synced. */
export async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o400).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "EEXIST" ? "exists already; name a new one" : `cannot be made (${cause.code})`;
    throw new HoldfastError("request/invalid", `${path} ${why}.`, { cause });
  });
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
