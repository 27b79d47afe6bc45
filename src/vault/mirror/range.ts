/** Byte ranges of the origin's files. What the origin says of them is checked; what they hold is for others to check. */
import type { IncomingMessage } from "node:http";
import { HoldfastError } from "../../core/index.ts";
import type { Remote, RemoteAnswer } from "../remote/client.ts";

const root = "/api/v1/mirror/files/";

export interface Range {
  /** Where it begins, and the file's size at the origin. */
  start: number;
  size: number;
  /** Absent: there is nothing from there on. Has to be read or destroyed. */
  body?: IncomingMessage;
}

/**
 * From `start` to `end`, or as far as the file goes; a negative start counts from the end. Undefined when there is no
 * such file. @throws HoldfastError mirror/failed, mirror/denied
 */
export async function rangeFrom(remote: Remote, path: string, start: number, end?: number): Promise<Range | undefined> {
  const range = `bytes=${start < 0 ? "" : start}-${start < 0 ? -start : end === undefined ? "" : end - 1}`;
  const answer = await remote.ask("GET", `${root}${path}`, { range }).catch((cause) => {
    throw new HoldfastError("mirror/failed", undefined, { cause });
  });
  if (answer.status === 206) return partial(answer, start, end);
  answer.body.destroy();
  if (answer.status === 404) return undefined;
  if (answer.status === 416) return { start, size: sizeOf(answer, /^bytes \*\/(\d{1,15})$/) };
  if (answer.status === 401 || answer.status === 403) throw new HoldfastError("mirror/denied");
  throw new HoldfastError("mirror/failed", `The origin answered with status ${answer.status}.`);
}

/** The chunks of a body. @throws HoldfastError mirror/failed when it breaks off */
export async function* chunksOf(body: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) yield chunk as Buffer;
  } catch (cause) {
    throw new HoldfastError("mirror/failed", "The connection broke.", { cause });
  }
}

/** At most `most` bytes of a body, from its beginning. */
export async function firstBytes(body: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunksOf(body)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= most) break;
  }
  return Buffer.concat(chunks).subarray(0, most);
}

function partial(answer: RemoteAnswer, asked: number, end: number | undefined): Range {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(answer.headers["content-range"] ?? "");
  const [start, last, size] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3])];
  const wanted = asked < 0 ? Math.max(0, size + asked) : asked;
  if (!match || start !== wanted || last < start || last >= size || (end !== undefined && last >= end)) {
    answer.body.destroy();
    throw new HoldfastError("mirror/failed", "The origin sent another range than was asked for.");
  }
  return { start, size, body: answer.body };
}

function sizeOf(answer: RemoteAnswer, pattern: RegExp): number {
  const size = pattern.exec(answer.headers["content-range"] ?? "")?.[1];
  if (size === undefined) throw new HoldfastError("mirror/failed", "The origin states no size.");
  return Number(size);
}
