/** The origin's side of a mirror: byte ranges of its files, as its HTTP interface gives them; true or spoilt. */
import type { FastifyRequest } from "fastify";
import { codeOf } from "../../../src/core/index.ts";
import { partialFields, rangeOf } from "../../../src/http/range.ts";
import { type MirroredFile, openMirrored } from "../../../src/vault/mirror/source.ts";
import type { Reply, Request } from "../net/network.ts";
import type { Random } from "../world/random.ts";

const root = "/api/v1/mirror/files/";

export async function answerMirror(dataFolder: string, { method, path, headers }: Request): Promise<Reply> {
  let file: MirroredFile | undefined;
  try {
    file = await openMirrored(dataFolder, path.slice(root.length));
    const asked = { method, headers } as unknown as FastifyRequest;
    const range = rangeOf(asked, file.size, { etag: "", lastModified: 0 });
    const { start, end } = range ?? { start: 0, end: file.size };
    const chunks: Uint8Array[] = [];
    for await (const chunk of file.chunks(start, end)) chunks.push(chunk);
    return { ...partialFields(range, file.size), body: Buffer.concat(chunks) };
  } catch (error) {
    const { status, headers: fields } = error as { status?: number; headers?: Record<string, string> };
    const missing = codeOf(error) === "request/not-found";
    return { status: missing ? 404 : (status ?? 500), headers: fields ?? {}, body: Buffer.alloc(0) };
  } finally {
    await file?.close();
  }
}

/** What a lying origin makes of an answer. */
export function spoilt(reply: Reply, random: Random): Reply {
  const { body } = reply;
  if (reply.status !== 206 || body.length === 0) return reply;
  const how = random.int(0, 2);
  const altered = Buffer.from(body);
  if (how === 0) altered[random.int(0, body.length - 1)]! ^= 1 << random.int(0, 7);
  else if (how === 1) altered.fill(0, random.int(0, body.length - 1));
  else body.copy(altered, 0, random.int(0, body.length - 1));
  return { ...reply, body: altered };
}
