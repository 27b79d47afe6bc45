import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { StoreOutcome } from "../../archive/index.ts";
import { codeOf, HoldfastError } from "../../core/index.ts";
import { handOver } from "../access.ts";
import { covers, type MediaType, parseAccept, parseMediaType } from "../media.ts";
import { MultipartParser } from "../multipart/index.ts";
import { HttpProblem } from "../problem.ts";
import { dicomWebRoot } from "../resource-url.ts";
import type { Services } from "../services.ts";
import { resourcePath } from "../target.ts";
import { toNativeXml } from "../xml.ts";
import { bodyOf } from "./body.ts";
import { Intake } from "./intake.ts";
import { storeReport } from "./report.ts";

const access = { activity: "create", operation: "STOW-RS", protocol: "dicomweb" } as const;

/** The Store transaction (PS3.18 10.5) on `/studies` and `/studies/{study}`. */
export function registerStow(server: FastifyInstance, services: Services): void {
  for (const url of ["/studies", "/studies/:study"]) {
    server.route({
      method: "POST",
      url: `${dicomWebRoot}${url}`,
      config: { access, may: "store" },
      schema: {
        tags: ["DICOMweb"],
        summary: "Store instances (STOW-RS)",
        consumes: ["multipart/related", "application/dicom"],
      },
      handler: (request, reply) => store(services, request, reply),
    });
  }
}

async function store(services: Services, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { study } = resourcePath(request);
  const media = contentType(request);
  const xml = wantsXml(request);
  const stated = Number(request.headers["content-length"] ?? 0);
  if (stated > services.limits.bodyBytes)
    throw new HoldfastError("request/too-large", "The body is larger than the limit.");
  const hint = { form: "file" as const, ...(study === undefined ? {} : { studyUid: study }) };
  const intake = new Intake(request, handOver(request), hint);
  const outcomes = await receive(services, request, media, intake);
  const { status, module } = storeReport(outcomes, services.baseUrl(request));
  if (status === 503) reply.header("retry-after", "5");
  const body = Buffer.from(xml ? toNativeXml(module) : JSON.stringify(module));
  return reply
    .code(status)
    .header("content-type", xml ? "application/dicom+xml" : "application/dicom+json")
    .send(body);
}

/** Reads the body into the archive. When it breaks off after something was stored, that is what the answer reports. */
async function receive(
  services: Services,
  request: FastifyRequest,
  media: MediaType,
  intake: Intake,
): Promise<StoreOutcome[]> {
  try {
    const body = bodyOf(request.raw, services.limits, services.clock);
    if (media.type === "application/dicom") await readSingle(body, intake);
    else await readParts(body, new MultipartParser(media.parameters.get("boundary") ?? "", services.limits, intake));
  } catch (error) {
    await intake.abort(error);
    const outcomes = await intake.finish();
    request.access.recorded = outcomes.length > 0;
    if (!outcomes.some((outcome) => outcome.ok)) throw error;
    return [...outcomes, { ok: false, code: codeOf(error), quarantined: false }];
  }
  const outcomes = await intake.finish();
  request.access.recorded = outcomes.length > 0;
  if (outcomes.length === 0) throw new HoldfastError("request/invalid", "The request holds no instance.");
  return outcomes;
}

async function readParts(body: AsyncIterable<Uint8Array>, parser: MultipartParser): Promise<void> {
  for await (const chunk of body) await parser.write(chunk);
  parser.end();
}

async function readSingle(body: AsyncIterable<Uint8Array>, intake: Intake): Promise<void> {
  intake.begin(new Map());
  for await (const chunk of body) await intake.data(chunk);
  await intake.end();
}

/** `multipart/related; type="application/dicom"`, or one bare `application/dicom` file. */
function contentType(request: FastifyRequest): MediaType {
  const media = parseMediaType(request.headers["content-type"] ?? "");
  if (!media) throw new HttpProblem(415, "request/media-type", "Content-Type is missing or malformed.");
  if (media.type === "application/dicom") return media;
  if (media.type !== "multipart/related") {
    throw new HttpProblem(415, "request/media-type", 'Send multipart/related; type="application/dicom".');
  }
  const root = media.parameters.get("type")?.toLowerCase();
  if (root === "application/dicom") return media;
  const detail = root?.startsWith("application/dicom+")
    ? "Metadata with separate bulk data is not taken; send Part 10 files as application/dicom."
    : 'The type parameter must be "application/dicom".';
  throw new HttpProblem(415, "request/media-type", detail);
}

function wantsXml(request: FastifyRequest): boolean {
  for (const range of parseAccept(request.headers.accept)) {
    if (covers(range, "application/dicom+json") || range.type === "application/json") return false;
    if (range.type === "application/dicom+xml") return true;
  }
  throw new HoldfastError(
    "request/not-acceptable",
    "The report comes as application/dicom+json or application/dicom+xml.",
  );
}
