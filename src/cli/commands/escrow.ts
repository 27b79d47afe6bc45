/** `holdfast keys split`, `combine`, `seal`: the key file in hands that can only open it together, or off-line. */
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { HoldfastError } from "../../core/index.ts";
import type { Parsed } from "../program/config-options.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { type ExitCode, exit } from "../program/exit.ts";
import { locate, noteCopyOf, writeNew } from "./keys.ts";

type Options = Parsed & { json?: boolean };

interface Share {
  holdfast: "share";
  version: 1;
  archive: string;
  /** Which of how many, and how many open the key. */
  number: number;
  shares: number;
  threshold: number;
  /** SHA-256 of the key file, hex: that the right shares came together. */
  digest: string;
  /** Base64. */
  share: string;
}

/** Writes the shares and proves with the last ones that they open. */
export async function split(
  options: Options & { folder: string; shares: number; threshold: number },
  environment: CommandEnvironment,
): Promise<ExitCode> {
  const { shares, threshold } = options;
  if (threshold > shares) throw new HoldfastError("request/invalid", "--threshold is more than --shares.");
  const bytes = await readKeyFile(options, environment);
  const { archive } = JSON.parse(bytes.toString("utf8")) as { archive: string };
  const shamir = await import("shamir-secret-sharing");
  const parts = await shamir.split(new Uint8Array(bytes), shares, threshold);
  const digest = digestOf(bytes);
  if (digestOf(await shamir.combine(parts.slice(-threshold))) !== digest)
    throw new HoldfastError("internal/error", "The shares do not open the key; discard them.");
  const folder = resolve(environment.cwd, options.folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files: string[] = [];
  for (const [index, part] of parts.entries()) {
    const share = Buffer.from(part).toString("base64");
    const number = index + 1;
    const content: Share = { holdfast: "share", version: 1, archive, number, shares, threshold, digest, share };
    const file = join(folder, `holdfast-share-${number}-of-${shares}.json`);
    await writeNew(file, Buffer.from(`${JSON.stringify(content, undefined, 2)}\n`));
    files.push(file);
  }
  await noteCopyOf(bytes, await locate(options, environment), "split", environment);
  if (options.json) environment.stdout.write(`${JSON.stringify({ files, threshold })}\n`);
  else
    environment.stdout.write(
      `${files.map((file) => `${file}\n`).join("")}Any ${threshold} of them open the key, fewer tell nothing. ` +
        "Give each to another person and remove them here.\n",
    );
  return exit.done;
}

/** @throws HoldfastError storage/key when the shares are too few, of different keys, or damaged */
export async function combine(
  options: Options & { files: string[]; out: string },
  environment: CommandEnvironment,
): Promise<ExitCode> {
  const shares = new Map<number, Share>();
  for (const file of options.files) {
    const share = await readShare(resolve(environment.cwd, file));
    shares.set(share.number, share);
  }
  const [first] = shares.values();
  if ([...shares.values()].some((share) => share.digest !== first!.digest))
    throw new HoldfastError("storage/key", "The shares are of different keys.");
  if (shares.size < first!.threshold)
    throw new HoldfastError(
      "storage/key",
      `${first!.threshold} different shares are needed, ${shares.size} were given.`,
    );
  const shamir = await import("shamir-secret-sharing");
  const parts = [...shares.values()].map(({ share }) => new Uint8Array(Buffer.from(share, "base64")));
  const bytes = await shamir.combine(parts).catch(() => new Uint8Array());
  if (digestOf(bytes) !== first!.digest) throw new HoldfastError("storage/key", "A share is damaged.");
  const out = resolve(environment.cwd, options.out);
  await writeNew(out, bytes);
  if (options.json) environment.stdout.write(`${JSON.stringify({ keyFile: out, archive: first!.archive })}\n`);
  else environment.stdout.write(`The key of archive ${first!.archive} is in ${out}.\n`);
  return exit.done;
}

/** For the holder of an age identity that is kept off-line; opened with `age --decrypt`. */
export async function seal(
  options: Options & { file: string; to: string[] },
  environment: CommandEnvironment,
): Promise<ExitCode> {
  const bytes = await readKeyFile(options, environment);
  const { armor, Encrypter } = await import("age-encryption");
  const encrypter = new Encrypter();
  for (const recipient of options.to) {
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      throw new HoldfastError("request/invalid", "--to is no age recipient (age1…).", { cause });
    }
  }
  const file = resolve(environment.cwd, options.file);
  await writeNew(file, Buffer.from(armor.encode(await encrypter.encrypt(new Uint8Array(bytes)))));
  await noteCopyOf(bytes, await locate(options, environment), "seal", environment);
  if (options.json) environment.stdout.write(`${JSON.stringify({ file })}\n`);
  else environment.stdout.write(`${file} opens with the identity alone: age --decrypt --identity FILE ${file}\n`);
  return exit.done;
}

async function readKeyFile(options: Options, environment: CommandEnvironment): Promise<Buffer> {
  const keyFile = await locate(options, environment);
  return readFile(keyFile).catch((cause) => {
    throw new HoldfastError("storage/key", `The key file ${keyFile} cannot be read.`, { cause });
  });
}

async function readShare(path: string): Promise<Share> {
  try {
    const share = JSON.parse(await readFile(path, "utf8")) as Share;
    if (share.holdfast === "share" && share.version === 1) return share;
  } catch {
    // Said below.
  }
  throw new HoldfastError("storage/key", `${path} is no share of a key.`);
}

const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
