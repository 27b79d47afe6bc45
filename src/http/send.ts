import type { FastifyReply, FastifyRequest } from "fastify";
import { codeOf } from "../core/index.ts";
import { securityHeaders } from "./guard.ts";

/** Bodies up to this many bytes leave in one write. */
export const oneWrite = 256 * 1024;

export interface Body {
  status?: number;
  headers: Record<string, string>;
  /** Exact length, when known beforehand. */
  length?: number;
  chunks: AsyncIterable<Uint8Array>;
}

/**
 * Sends a body made piece by piece, no faster than the client takes it. A failure before the first byte becomes a
 * problem response; a later one breaks the connection, since the client must not take the rest for complete.
 */
export async function sendBody(request: FastifyRequest, reply: FastifyReply, body: Body): Promise<FastifyReply> {
  const headers = body.length === undefined ? body.headers : { ...body.headers, "content-length": String(body.length) };
  if (request.method === "HEAD") {
    reply.hijack();
    reply.raw.writeHead(body.status ?? 200, { ...securityHeaders, ...headers }).end();
    return reply;
  }
  if (body.length !== undefined && body.length <= oneWrite) {
    request.stillMay(); // requests that were sent ahead wait for their turn here
    const whole = await gather(body.chunks, body.length);
    request.access.bytesOut += whole.length;
    return reply
      .code(body.status ?? 200)
      .headers(headers)
      .send(whole);
  }
  const iterator = body.chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  reply.hijack();
  reply.raw.writeHead(body.status ?? 200, { ...securityHeaders, ...headers });
  await pump(request, reply, iterator, first);
  return reply;
}

async function pump(
  request: FastifyRequest,
  reply: FastifyReply,
  iterator: AsyncIterator<Uint8Array>,
  first: IteratorResult<Uint8Array>,
): Promise<void> {
  const raw = reply.raw;
  try {
    for (let next = first; !next.done; next = await iterator.next()) {
      if (raw.destroyed) break;
      request.stillMay(); // whoever was contained meanwhile gets no more
      request.access.bytesOut += next.value.length;
      if (!raw.write(next.value)) await writable(raw);
    }
    if (raw.destroyed) request.access.code = "request/cancelled";
    else raw.end();
  } catch (error) {
    request.access.code = codeOf(error);
    raw.destroy();
  } finally {
    await iterator.return?.();
  }
}

/** Resolves when the client has taken what was written, or is gone. */
function writable(raw: FastifyReply["raw"]): Promise<void> {
  if (raw.destroyed || !raw.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      raw.off("drain", done);
      raw.off("close", done);
      resolve();
    };
    raw.on("drain", done);
    raw.on("close", done);
  });
}

/** All chunks as one buffer. */
export async function gather(chunks: AsyncIterable<Uint8Array>, length: number): Promise<Buffer> {
  const whole = Buffer.allocUnsafe(length);
  let at = 0;
  for await (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return at === length ? whole : whole.subarray(0, at);
}
