import type { FastifyReply, FastifyRequest } from "fastify";
import type { InstanceRef } from "../../archive/index.ts";
import { HoldfastError } from "../../core/index.ts";
import { isNotModified, validatorFields, validatorsOf } from "../conditional.ts";
import { covers, type MediaRange } from "../media.ts";
import { MultipartWriter } from "../multipart/index.ts";
import { accepted } from "../negotiate.ts";
import { type RenderRequest, readRenderParameters } from "../render/index.ts";
import { resourceUrl } from "../resource-url.ts";
import { sendBody } from "../send.ts";
import type { Services } from "../services.ts";
import { FrameReader } from "./frame-reader.ts";
import { frameList } from "./frames.ts";
import { select } from "./select.ts";

const thumbnailSide = 128;
const mediaTypes = ["image/jpeg", "image/png"] as const;

interface PictureChoice {
  mediaType: RenderRequest["mediaType"];
  multipart: boolean;
}

/** Retrieve rendered (PS3.18 10.4.1.1.4): one picture a frame, multipart when there are several. */
export async function retrieveRendered(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const parameters = readRenderParameters(request.query as Record<string, unknown>, services.limits.renderedSide);
  const choice = choosePicture(accepted(request));
  const numbers = frameList(request);
  const refs = await select(request);
  const render: RenderRequest = { mediaType: choice.mediaType, ...parameters };
  const validators = validatorsOf(refs, JSON.stringify([numbers, render]).replace(/[^\w.,:-]/g, ""));
  if (isNotModified(request, validators)) return reply.code(304).headers(validatorFields(validators)).send();
  const several =
    refs.length > 1 || (numbers ?? [1]).length > 1 || refs[0]!.frames > (numbers ? Number.POSITIVE_INFINITY : 1);
  const headers = validatorFields(validators);
  if (several || choice.multipart) return sendPictures(services, request, reply, refs, numbers, render, headers);
  return sendOne(services, request, reply, refs[0]!, (numbers?.[0] ?? 1) - 1, render, headers);
}

/** Retrieve thumbnail (PS3.18 10.4.1.1.5): one small picture; of several instances, of the one in the middle. */
export async function retrieveThumbnail(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const query = request.query as Record<string, unknown>;
  const asked = readRenderParameters(query, services.limits.renderedSide);
  const { mediaType } = choosePicture(accepted(request));
  const viewport = asked.viewport ?? { width: thumbnailSide, height: thumbnailSide };
  const render: RenderRequest = { ...asked, mediaType, viewport };
  const refs = await select(request);
  const ref = refs[Math.floor(refs.length / 2)]!;
  const frame = (frameList(request)?.[0] ?? Math.floor(ref.frames / 2) + 1) - 1;
  const validators = validatorsOf(
    [ref],
    `thumbnail-${frame}-${mediaType.slice(6)}-${viewport.width}x${viewport.height}`,
  );
  if (isNotModified(request, validators)) return reply.code(304).headers(validatorFields(validators)).send();
  return sendOne(services, request, reply, ref, frame, render, validatorFields(validators));
}

function choosePicture(ranges: MediaRange[]): PictureChoice {
  for (const range of ranges) {
    const root = range.parameters.get("type")?.toLowerCase();
    const multipart = range.type === "multipart/related";
    for (const mediaType of mediaTypes) {
      if (multipart ? root === mediaType : covers(range, mediaType)) return { mediaType, multipart };
    }
  }
  throw new HoldfastError("request/not-acceptable", "Pictures come as image/jpeg or image/png.");
}

async function picture(
  services: Services,
  reader: FrameReader,
  frame: number,
  render: RenderRequest,
): Promise<Uint8Array> {
  const image = reader.describe(frame);
  const bytes = await reader.bytes(frame, services.limits.transcodeBytes);
  return (await services.renderer.render(image, bytes, render)).bytes;
}

async function sendOne(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  ref: InstanceRef,
  frame: number,
  render: RenderRequest,
  headers: Record<string, string>,
): Promise<FastifyReply> {
  const reader = await FrameReader.open(services, ref);
  const bytes = await picture(services, reader, frame, render);
  request.access.gave();
  request.access.bytesOut += bytes.length;
  return reply.headers({ ...headers, "content-type": render.mediaType }).send(Buffer.from(bytes.buffer));
}

function sendPictures(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  refs: InstanceRef[],
  numbers: number[] | undefined,
  render: RenderRequest,
  headers: Record<string, string>,
): Promise<FastifyReply> {
  const writer = new MultipartWriter(services.boundary(), render.mediaType);
  const base = services.baseUrl(request);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const ref of refs) {
      const reader = await imageOf(services, ref, refs.length > 1);
      if (!reader) continue;
      const frames = numbers ?? Array.from({ length: ref.frames }, (_, i) => i + 1);
      for (const number of frames) {
        const bytes = await picture(services, reader, number - 1, render);
        const url = resourceUrl(base, ref.studyUid, ref.seriesUid, ref.sopInstanceUid);
        yield writer.begin(render.mediaType, `${url}/frames/${number}/rendered`, bytes.length);
        yield bytes;
      }
      request.access.gave();
    }
    if (request.access.count.objects === undefined) throw new HoldfastError("render/unsupported");
    yield writer.end();
  }
  return sendBody(request, reply, { headers: { ...headers, "content-type": writer.contentType }, chunks: chunks() });
}

/** Among several instances those that are no images are left out. */
async function imageOf(services: Services, ref: InstanceRef, skip: boolean): Promise<FrameReader | undefined> {
  try {
    const reader = await FrameReader.open(services, ref);
    reader.describe(0);
    return reader;
  } catch (error) {
    if (skip && error instanceof HoldfastError && error.code === "render/unsupported") return undefined;
    throw error;
  }
}
