import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { QueryPage } from "../../archive/index.ts";
import { HoldfastError, rfc3339 } from "../../core/index.ts";
import { handOver } from "../access.ts";
import { covers } from "../media.ts";
import { MultipartWriter } from "../multipart/index.ts";
import { accepted } from "../negotiate.ts";
import { dicomWebRoot, resourceUrl } from "../resource-url.ts";
import { sendBody } from "../send.ts";
import type { Services } from "../services.ts";
import { asOf, resourcePath } from "../target.ts";
import { toNativeXml } from "../xml.ts";
import { readSearch, type Search, type SearchLevel } from "./search.ts";
import { spliceMember } from "./splice.ts";

const resources: [url: string, level: SearchLevel][] = [
  ["/studies", "study"],
  ["/series", "series"],
  ["/instances", "instance"],
  ["/studies/:study/series", "series"],
  ["/studies/:study/instances", "instance"],
  ["/studies/:study/series/:series/instances", "instance"],
];

const access = { activity: "query", operation: "QIDO-RS", protocol: "dicomweb" } as const;

/** The Search transaction (PS3.18 10.6) at all levels. */
export function registerQido(server: FastifyInstance, services: Services): void {
  for (const [url, level] of resources) {
    server.route({
      method: "GET",
      url: `${dicomWebRoot}${url}`,
      config: { access, may: "query" },
      schema: { tags: ["DICOMweb"], summary: `Search for ${level} resources (QIDO-RS)` },
      handler: (request, reply) => search(services, level, request, reply),
    });
  }
}

async function search(
  services: Services,
  level: SearchLevel,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const path = resourcePath(request);
  const xml = wantsXml(request);
  const asked = readSearch(level, path, request.query as Record<string, unknown>, asOf(request), services.limits);
  const page = await request.archive.query(handOver(request), asked.query);
  const base = services.baseUrl(request);
  const warning = warnings(`${base}${dicomWebRoot}`, asked, page);
  if (warning !== undefined) reply.header("warning", warning);
  // PS3.18 8.3.4.4.1: no match is 204 (No Content).
  if (page.matches.length === 0) return reply.code(204).send();
  const matches = withRetrieveUrl(page.matches, level, base, asked.query.at);
  if (xml) return sendXml(services, request, reply, matches, warning);
  const body = Buffer.from(`[${[...matches].join(",\n")}]`);
  request.access.bytesOut += body.length;
  return reply.header("content-type", "application/dicom+json").send(body);
}

function wantsXml(request: FastifyRequest): boolean {
  for (const range of accepted(request)) {
    if (covers(range, "application/dicom+json") || range.type === "application/json") return false;
    if (range.type === "multipart/related" && range.parameters.get("type") === "application/dicom+xml") return true;
  }
  throw new HoldfastError(
    "request/not-acceptable",
    "Matches come as application/dicom+json or multipart/related of XML.",
  );
}

async function sendXml(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  matches: Iterable<string>,
  warning: string | undefined,
): Promise<FastifyReply> {
  const writer = new MultipartWriter(services.boundary(), "application/dicom+xml");
  async function* parts(): AsyncGenerator<Uint8Array> {
    for (const match of matches) {
      yield writer.begin("application/dicom+xml");
      yield Buffer.from(toNativeXml(JSON.parse(match)));
    }
    yield writer.end();
  }
  const headers = { "content-type": writer.contentType, ...(warning === undefined ? {} : { warning }) };
  return sendBody(request, reply, { headers, chunks: parts() });
}

const uidValue = (tag: string) => new RegExp(`"${tag}":\\s*\\{\\s*"vr":\\s*"UI",\\s*"Value":\\s*\\[\\s*"([0-9.]+)"`);
const studyUid = uidValue("0020000D");
const seriesUid = uidValue("0020000E");
const instanceUid = uidValue("00080018");

/** Adds Retrieve URL (0008,1190) to each match: what was found in the past is retrieved from there. */
function* withRetrieveUrl(
  matches: string[],
  level: SearchLevel,
  base: string,
  at: number | undefined,
): Generator<string> {
  const query = at === undefined ? "" : `?as-of=${rfc3339(at)}`;
  for (const match of matches) {
    const study = studyUid.exec(match)?.[1];
    const series = level === "study" ? undefined : seriesUid.exec(match)?.[1];
    const instance = level === "instance" ? instanceUid.exec(match)?.[1] : undefined;
    if (study === undefined) yield match;
    else {
      const url = resourceUrl(base, study, series, instance);
      yield spliceMember(match, "00081190", `{"vr":"UR","Value":["${url}${query}"]}`);
    }
  }
}

/** Warning fields with code 299: PS3.18 8.3.4.2, 8.3.4.4.1 and 8.3. */
function warnings(service: string, asked: Search, page: QueryPage): string | undefined {
  const texts: string[] = [];
  if (page.partial) texts.push("A restore goes on: only some patients are catalogued yet.");
  if (page.more) texts.push("There are additional results that can be requested.");
  if (asked.ignored.length > 0) texts.push(`${asked.ignored.length} unknown query parameters were ignored.`);
  if (page.unsupported.length > 0) texts.push(`These attributes were not matched: ${page.unsupported.join(" ")}.`);
  return texts.length === 0 ? undefined : texts.map((text) => `299 ${service} "${text}"`).join(", ");
}
