import { promisify } from "node:util";
import { createGzip, gzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { InstanceRef } from "../../archive/index.ts";
import { HoldfastError } from "../../core/index.ts";
import { isNotModified, validatorFields, validatorsOf } from "../conditional.ts";
import { covers } from "../media.ts";
import { MultipartWriter } from "../multipart/index.ts";
import { accepted } from "../negotiate.ts";
import { sendBody } from "../send.ts";
import type { Services } from "../services.ts";
import { toNativeXml } from "../xml.ts";
import { isOfThePast, select } from "./select.ts";

const zip = promisify(gzip);
const gzipFrom = 4 * 1024;

/** Retrieve metadata of a study, series or instance (PS3.18 10.4.1.1.2), instance by instance. */
export async function retrieveMetadata(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const xml = wantsXml(request);
  const refs = await select(request);
  const validators = validatorsOf(refs, xml ? "metadata-xml" : "metadata");
  if (isNotModified(request, validators)) return reply.code(304).headers(validatorFields(validators)).send();
  const headers = { ...validatorFields(validators), "content-type": "application/dicom+json" };
  const base = services.baseUrl(request);
  if (xml) return sendXml(services, request, reply, refs, validatorFields(validators));
  const zipped = acceptsGzip(request);
  if (refs.length === 1)
    return sendOne(request, reply, await services.metadata.read(refs[0]!, base, isOfThePast(request)), headers, zipped);
  const chunks = jsonArray(services, request, refs, base);
  if (!zipped) return sendBody(request, reply, { headers, chunks });
  return sendBody(request, reply, { headers: { ...headers, ...gzipFields }, chunks: deflate(chunks) });
}

const gzipFields = { "content-encoding": "gzip", vary: "accept-encoding" };

async function sendOne(
  request: FastifyRequest,
  reply: FastifyReply,
  json: Buffer,
  headers: Record<string, string>,
  zipped: boolean,
): Promise<FastifyReply> {
  request.access.gave();
  const pack = zipped && json.length >= gzipFrom;
  const body = pack ? await zip(json, { level: 1 }) : json;
  request.access.bytesOut += body.length;
  return reply.headers(pack ? { ...headers, ...gzipFields } : headers).send(body);
}

async function* jsonArray(
  services: Services,
  request: FastifyRequest,
  refs: InstanceRef[],
  base: string,
): AsyncGenerator<Uint8Array> {
  for (const [i, ref] of refs.entries()) {
    const one = await services.metadata.read(ref, base, isOfThePast(request));
    yield Buffer.concat([Buffer.from(i === 0 ? "[" : ",\n"), one.subarray(1, -1)]);
    request.access.gave();
  }
  yield Buffer.from("]");
}

/** gzip as a generator: what comes out is pulled, so that a slow client holds the reading back. */
async function* deflate(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = createGzip({ level: 1 });
  const feed = (async () => {
    try {
      for await (const chunk of chunks) {
        if (!stream.write(chunk)) await new Promise<void>((resolve) => stream.once("drain", resolve));
      }
      stream.end();
    } catch (error) {
      stream.destroy(error as Error);
    }
  })();
  try {
    yield* stream as AsyncIterable<Uint8Array>;
    await feed;
  } finally {
    stream.destroy();
  }
}

async function sendXml(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  refs: InstanceRef[],
  headers: Record<string, string>,
): Promise<FastifyReply> {
  const writer = new MultipartWriter(services.boundary(), "application/dicom+xml");
  const base = services.baseUrl(request);
  async function* parts(): AsyncGenerator<Uint8Array> {
    for (const ref of refs) {
      yield writer.begin("application/dicom+xml");
      yield Buffer.from(
        toNativeXml(JSON.parse((await services.metadata.read(ref, base, isOfThePast(request))).toString())[0]),
      );
      request.access.gave();
    }
    yield writer.end();
  }
  return sendBody(request, reply, { headers: { ...headers, "content-type": writer.contentType }, chunks: parts() });
}

function wantsXml(request: FastifyRequest): boolean {
  for (const range of accepted(request)) {
    if (covers(range, "application/dicom+json") || range.type === "application/json") return false;
    if (range.type === "multipart/related" && range.parameters.get("type") === "application/dicom+xml") return true;
  }
  throw new HoldfastError(
    "request/not-acceptable",
    "Metadata comes as application/dicom+json or multipart/related of XML.",
  );
}

function acceptsGzip(request: FastifyRequest): boolean {
  const field = request.headers["accept-encoding"];
  return typeof field === "string" && /(^|,)\s*(gzip|\*)\s*(;\s*q=(1|0\.0*[1-9]\d*)[0.]*)?\s*(,|$)/i.test(field);
}
