/** Passwords as argon2id hashes in the PHC string format; RFC 9106, parameters of its section 4 (second choice), fewer lanes. */
import { argon2, timingSafeEqual } from "node:crypto";
import { HoldfastError } from "../../core/index.ts";

export type RandomBytes = (size: number) => Buffer;

/** KiB, passes, lanes. */
interface Cost {
  memory: number;
  passes: number;
  parallelism: number;
}

const cost: Cost = { memory: 64 * 1024, passes: 3, parallelism: 1 };
const tagLength = 32;
const shortest = 12;
const longest = 1024;

/** NIST SP 800-63B 3.1.1: length is what counts. @throws HoldfastError request/invalid */
export function checkPassword(password: string): void {
  if (password.length < shortest || password.length > longest)
    throw new HoldfastError("request/invalid", `A password has ${shortest} to ${longest} characters.`);
}

export async function hashPassword(password: string, random: RandomBytes): Promise<string> {
  checkPassword(password);
  const salt = random(16);
  const tag = await derive(password, salt, cost);
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${plain(salt)}$${plain(tag)}`;
}

/** Takes as long when there is no hash, so that nobody learns which accounts exist. */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const parsed = parse(hash ?? "");
  const { salt, tag, ...stated } = parsed ?? { ...cost, salt: Buffer.alloc(16), tag: Buffer.alloc(tagLength) };
  const derived = await derive(password.slice(0, longest), salt, stated);
  return timingSafeEqual(derived, tag) && parsed !== undefined;
}

function derive(password: string, nonce: Buffer, { memory, passes, parallelism }: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const message = Buffer.from(password.normalize("NFKC"));
    argon2("argon2id", { message, nonce, parallelism, tagLength, memory, passes }, (error, derived) =>
      error ? reject(error) : resolve(derived),
    );
  });
}

const plain = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");

function parse(hash: string): (Cost & { salt: Buffer; tag: Buffer }) | undefined {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(hash);
  if (!match) return undefined;
  const [memory, passes, parallelism] = match.slice(1, 4).map(Number) as [number, number, number];
  const tag = Buffer.from(match[5]!, "base64");
  if (tag.length !== tagLength) return undefined;
  return { memory, passes, parallelism, salt: Buffer.from(match[4]!, "base64"), tag };
}
