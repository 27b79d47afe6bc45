import type { FastifyReply, FastifyRequest } from "fastify";
import { HoldfastError } from "../../core/index.ts";
import { isNotModified, validatorFields, validatorsOf } from "../conditional.ts";
import { MultipartWriter } from "../multipart/index.ts";
import { accepted } from "../negotiate.ts";
import { resourceUrl } from "../resource-url.ts";
import { type Body, sendBody } from "../send.ts";
import type { Services } from "../services.ts";
import { chooseFrames, type FrameChoice } from "./frame-choice.ts";
import { FrameReader } from "./frame-reader.ts";
import { select } from "./select.ts";

const maxFrames = 10_000;

/** Frame numbers of a path (`1,3,5`), from 1, as given. */
export function frameList(request: FastifyRequest): number[] | undefined {
  const text = (request.params as { frames?: string }).frames;
  if (text === undefined) return undefined;
  const frames = text.split(",").map((part) => (/^[1-9]\d{0,8}$/.test(part) ? Number(part) : 0));
  if (frames.length > maxFrames) throw new HoldfastError("request/too-large", "Too many frames.");
  if (frames.includes(0)) throw new HoldfastError("request/invalid", "Frame numbers count from 1.");
  return frames;
}

/** Retrieve frames (PS3.18 10.4.1.1.6): uncompressed unless the client takes them as stored. */
export async function retrieveFrames(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const numbers = frameList(request)!;
  const [ref] = await select(request);
  const reader = await FrameReader.open(services, ref!);
  const choice = chooseFrames(accepted(request), reader, numbers.length === 1);
  const validators = validatorsOf([ref!], `frames-${numbers.join(".")}-${choice.coding}`, choice.form === "multipart");
  if (isNotModified(request, validators)) return reply.code(304).headers(validatorFields(validators)).send();
  const frames = numbers.map((number) => number - 1);
  for (const frame of frames) reader.length(frame);
  request.access.gave();
  const body =
    choice.form === "single"
      ? single(services, reader, choice, frames[0]!)
      : parts(services, request, reader, choice, frames);
  return sendBody(request, reply, { ...body, headers: { ...body.headers, ...validatorFields(validators) } });
}

function single(services: Services, reader: FrameReader, choice: FrameChoice, frame: number): Body {
  const stored = choice.coding === "stored";
  return {
    headers: { "content-type": choice.mediaType },
    ...(stored ? { length: reader.length(frame) } : {}),
    chunks: stored ? reader.chunks(frame) : decoded(services, reader, frame),
  };
}

function parts(
  services: Services,
  request: FastifyRequest,
  reader: FrameReader,
  choice: FrameChoice,
  frames: number[],
): Body {
  const writer = new MultipartWriter(services.boundary(), choice.mediaType);
  const { studyUid, seriesUid, sopInstanceUid } = reader.ref;
  const url = resourceUrl(services.baseUrl(request), studyUid, seriesUid, sopInstanceUid);
  const contentType = `${choice.mediaType}; transfer-syntax=${choice.transferSyntaxUid}`;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const frame of frames) {
      yield writer.begin(contentType, `${url}/frames/${frame + 1}`);
      yield* choice.coding === "stored" ? reader.chunks(frame) : decoded(services, reader, frame);
    }
    yield writer.end();
  }
  return { headers: { "content-type": writer.contentType }, chunks: chunks() };
}

async function* decoded(services: Services, reader: FrameReader, frame: number): AsyncGenerator<Uint8Array> {
  const image = reader.describe(frame);
  const bytes = await reader.bytes(frame, services.limits.transcodeBytes);
  if (reader.encapsulated) yield (await services.renderer.decode(image, bytes)).bytes;
  else yield bytes;
}
