import type { FastifyReply, FastifyRequest } from "fastify";
import type { InstanceRef } from "../../archive/index.ts";
import { HoldfastError } from "../../core/index.ts";
import { isNotModified, validatorFields, validatorsOf } from "../conditional.ts";
import { covers, type MediaRange } from "../media.ts";
import { MultipartWriter } from "../multipart/index.ts";
import { accepted } from "../negotiate.ts";
import { partialFields, rangeOf } from "../range.ts";
import { resourceUrl } from "../resource-url.ts";
import { sendBody } from "../send.ts";
import type { Services } from "../services.ts";
import { type Representation, representationOf } from "./representation.ts";
import { select } from "./select.ts";

/** What a client will take: one bare file or multipart, and the transfer syntaxes in order (undefined: the default). */
export interface InstanceChoice {
  form: "single" | "multipart";
  syntaxes: (string | undefined)[];
}

/** PS3.18 8.7.5 for DICOM instances. A bare `application/dicom` is for one instance; anything else is multipart. */
export function chooseInstances(ranges: MediaRange[], one: boolean): InstanceChoice {
  let form: InstanceChoice["form"] | undefined;
  const syntaxes: (string | undefined)[] = [];
  for (const range of ranges) {
    const fits = formOf(range, one);
    if (fits === undefined) continue;
    form ??= fits;
    if (fits === form) syntaxes.push(range.parameters.get("transfer-syntax"));
  }
  if (form !== undefined) return { form, syntaxes };
  throw new HoldfastError("request/not-acceptable", 'Instances come as multipart/related; type="application/dicom".');
}

function formOf(range: MediaRange, one: boolean): InstanceChoice["form"] | undefined {
  if (covers(range, "multipart/related")) {
    const root = range.parameters.get("type")?.toLowerCase() ?? "application/dicom";
    return root === "application/dicom" || root === "*/*" ? "multipart" : undefined;
  }
  return one && covers(range, "application/dicom") ? "single" : undefined;
}

/** Retrieve study, series or instance (PS3.18 10.4.1.1.1 to 10.4.1.1.3). */
export async function retrieveInstances(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const one = (request.params as { instance?: string }).instance !== undefined;
  const choice = chooseInstances(accepted(request), one);
  const refs = await select(request);
  const representations = all(services, refs, choice.syntaxes);
  if (representations.length === 0) {
    throw new HoldfastError("request/not-acceptable", "The transfer syntax asked for cannot be given.");
  }
  const variant = [...new Set(representations.map((one) => one.variant))].join("-");
  const validators = validatorsOf(refs, variant, choice.form === "multipart");
  if (isNotModified(request, validators)) return reply.code(304).headers(validatorFields(validators)).send();
  if (choice.form === "single") return sendSingle(request, reply, representations[0]!, validators);
  return sendParts(services, request, reply, representations, {
    headers: validatorFields(validators),
    complete: representations.length === refs.length,
  });
}

function all(services: Services, refs: InstanceRef[], syntaxes: InstanceChoice["syntaxes"]): Representation[] {
  const list: Representation[] = [];
  for (const ref of refs) {
    const representation = representationOf(services, ref, syntaxes);
    if (representation) list.push(representation);
  }
  return list;
}

function sendSingle(
  request: FastifyRequest,
  reply: FastifyReply,
  representation: Representation,
  validators: { etag: string; lastModified: number },
): Promise<FastifyReply> {
  request.access.gave();
  const headers = { ...validatorFields(validators), "content-type": representation.contentType };
  const { length } = representation;
  if (length === undefined) return sendBody(request, reply, { headers, chunks: representation.chunks() });
  const range = rangeOf(request, length, validators);
  const partial = partialFields(range, length);
  return sendBody(request, reply, {
    status: partial.status,
    headers: { ...headers, ...partial.headers },
    length: range ? range.end - range.start : length,
    chunks: representation.chunks(range?.start, range?.end),
  });
}

function sendParts(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  representations: Representation[],
  { headers, complete }: { headers: Record<string, string>; complete: boolean },
): Promise<FastifyReply> {
  const writer = new MultipartWriter(services.boundary(), "application/dicom");
  const base = services.baseUrl(request);
  const heads = representations.map(({ ref, contentType, length }) =>
    writer.begin(contentType, resourceUrl(base, ref.studyUid, ref.seriesUid, ref.sopInstanceUid), length),
  );
  const tail = writer.end();
  const length = totalLength(representations, heads, tail);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const [i, representation] of representations.entries()) {
      yield heads[i]!;
      yield* representation.chunks();
      request.access.gave();
    }
    yield tail;
  }
  // PS3.18 Table 10.4.3-1: 206 when some of the instances cannot be given as asked.
  const status = complete ? 200 : 206;
  const body = { status, headers: { ...headers, "content-type": writer.contentType }, chunks: chunks() };
  return sendBody(request, reply, length === undefined ? body : { ...body, length });
}

function totalLength(representations: Representation[], heads: Buffer[], tail: Buffer): number | undefined {
  let total = tail.length;
  for (const [i, { length }] of representations.entries()) {
    if (length === undefined) return undefined;
    total += length + heads[i]!.length;
  }
  return total;
}
