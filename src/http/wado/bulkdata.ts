import type { FastifyReply, FastifyRequest } from "fastify";
import { HoldfastError } from "../../core/index.ts";
import type { DataSet, Element } from "../../dicom/index.ts";
import { isNotModified, validatorFields, validatorsOf } from "../conditional.ts";
import { covers, type MediaRange } from "../media.ts";
import { MultipartWriter } from "../multipart/index.ts";
import { accepted } from "../negotiate.ts";
import { partialFields, rangeOf } from "../range.ts";
import { frameMediaType } from "../render/index.ts";
import { type Body, sendBody } from "../send.ts";
import type { Services } from "../services.ts";
import { FrameReader } from "./frame-reader.ts";
import { type ObjectHeader, readHeader } from "./header.ts";
import { explicitLittleEndian } from "./reencode.ts";
import { select } from "./select.ts";

const octets = "application/octet-stream";

/** Bytes of one value: from memory or, for Pixel Data, from the store. */
interface Value {
  length: number;
  chunks(start?: number, end?: number): AsyncIterable<Uint8Array>;
}

/** Retrieve bulk data (PS3.18 10.4.1.1.7) by the URIs that metadata gives: `TAG` or `TAG/item/TAG…`, items from 0. */
export async function retrieveBulkData(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const path = tagPath((request.params as { "*": string })["*"]);
  const [ref] = await select(request);
  const header = await readHeader(services.archive.open(ref!), services.limits);
  const pixels = path.length === 1 && header.pixelData?.tag === path[0];
  const validators = validatorsOf([ref!], `bulk-${path.join("-")}`);
  if (isNotModified(request, validators)) return reply.code(304).headers(validatorFields(validators)).send();
  request.access.gave();
  const headers = validatorFields(validators);
  if (pixels && header.pixelData!.length === undefined) {
    const reader = await FrameReader.open(services, ref!);
    return sendBody(request, reply, withHeaders(compressed(services, reader, accepted(request)), headers));
  }
  const value = pixels ? pixelValue(header) : elementValue(header.dataSet, path);
  if (chooseForm(accepted(request)) === "multipart") {
    return sendBody(request, reply, withHeaders(onePart(services, value), headers));
  }
  const range = rangeOf(request, value.length, validators);
  const partial = partialFields(range, value.length);
  return sendBody(request, reply, {
    status: partial.status,
    headers: { ...headers, ...partial.headers, "content-type": octets },
    length: range ? range.end - range.start : value.length,
    chunks: value.chunks(range?.start, range?.end),
  });
}

function withHeaders(body: Body, headers: Record<string, string>): Body {
  return { ...body, headers: { ...headers, ...body.headers } };
}

/** Tags and item indices in turn; `request/invalid` when malformed. */
function tagPath(text: string): number[] {
  const parts = text.split("/");
  const path = parts.map((part, i) => {
    const valid = i % 2 === 0 ? /^[0-9A-Fa-f]{8}$/.test(part) : /^\d{1,6}$/.test(part);
    if (!valid) throw new HoldfastError("request/invalid", "The bulk data path is malformed.");
    return Number.parseInt(part, i % 2 === 0 ? 16 : 10);
  });
  if (path.length % 2 === 0 || path.length > 33)
    throw new HoldfastError("request/invalid", "The bulk data path is malformed.");
  return path;
}

function elementValue(dataSet: DataSet, path: number[]): Value {
  let element: Element | undefined = dataSet.get(path[0]!);
  for (let i = 1; i < path.length; i += 2) element = element?.items?.[path[i]!]?.get(path[i + 1]!);
  const bytes = element?.bytes;
  if (!bytes) throw new HoldfastError("request/not-found", "The object has no such value.");
  return {
    length: bytes.length,
    async *chunks(start = 0, end = bytes.length) {
      yield bytes.subarray(start, end);
    },
  };
}

/** Uncompressed Pixel Data as stored; big endian words are not turned round here, `/frames` does that. */
function pixelValue({ reader, pixelData }: ObjectHeader): Value {
  const { offset, length } = pixelData!;
  return {
    length: length!,
    chunks: (start = 0, end = length!) => reader.dataSet(offset + start, offset + end),
  };
}

function chooseForm(ranges: MediaRange[]): "single" | "multipart" {
  for (const range of ranges) {
    if (range.type === "multipart/related") {
      const root = range.parameters.get("type")?.toLowerCase() ?? octets;
      if (root === octets || root === "*/*") return "multipart";
    } else if (covers(range, octets)) return "single";
  }
  throw new HoldfastError("request/not-acceptable", "Bulk data comes as application/octet-stream.");
}

function onePart(services: Services, value: Value): Body {
  const writer = new MultipartWriter(services.boundary(), octets);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield writer.begin(`${octets}; transfer-syntax=${explicitLittleEndian}`, undefined, value.length);
    yield* value.chunks();
    yield writer.end();
  }
  return { headers: { "content-type": writer.contentType }, chunks: chunks() };
}

/** Compressed Pixel Data: one part a frame, in the media type of its coding (PS3.18 8.7.3.3.2). */
function compressed(services: Services, reader: FrameReader, ranges: MediaRange[]): Body {
  const { transferSyntaxUid } = reader.header;
  const mediaType = frameMediaType(transferSyntaxUid);
  const fits = ranges.some((range) => {
    const root =
      range.type === "multipart/related" ? (range.parameters.get("type")?.toLowerCase() ?? "*/*") : range.type;
    return root === "*/*" || root === mediaType || root === octets || covers({ ...range, type: root }, mediaType);
  });
  if (!fits) throw new HoldfastError("request/not-acceptable", `The pixel data is stored as ${mediaType}.`);
  const writer = new MultipartWriter(services.boundary(), mediaType);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let frame = 0; frame < reader.ref.frames; frame++) {
      yield writer.begin(`${mediaType}; transfer-syntax=${transferSyntaxUid}`, undefined, reader.length(frame));
      yield* reader.chunks(frame);
    }
    yield writer.end();
  }
  return { headers: { "content-type": writer.contentType }, chunks: chunks() };
}
