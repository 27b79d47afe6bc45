/** The origin's side of a mirror: the bytes of its journal and segments, for principals with the role and a certificate. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { HoldfastError } from "../../core/index.ts";
import { assertWhole } from "../../vault/index.ts";
import { openMirrored } from "../../vault/mirror/index.ts";
import { partialFields, rangeOf } from "../range.ts";
import { sendBody } from "../send.ts";
import type { Services } from "../services.ts";
import { MirrorLedger } from "./ledger.ts";

/** Under /api/v1/mirror/files: `holdfast.json`, `journal/NAME` and `vault/NAME`, whole or by byte range. */
export function registerMirror(server: FastifyInstance, services: Services, dataFolder: string): void {
  const ledger = new MirrorLedger(services.clock);
  const give = async (request: FastifyRequest, reply: FastifyReply, path: string): Promise<FastifyReply> => {
    const { principal } = request;
    if (principal.method !== "certificate")
      throw new HoldfastError("request/denied", "A mirror proves itself by a client certificate, not by a token.");
    if (path.startsWith("vault/")) await assertWhole(dataFolder);
    note(request, ledger);
    const file = await openMirrored(dataFolder, path);
    let sent = false;
    try {
      const range = rangeOf(request, file.size, { etag: "", lastModified: 0 });
      const { start, end } = range ?? { start: 0, end: file.size };
      const { status, headers } = partialFields(range, file.size);
      ledger.took(principal.id, end - start);
      sent = request.method !== "HEAD";
      return await sendBody(request, reply, {
        status,
        headers: { ...headers, "content-type": "application/octet-stream" },
        length: end - start,
        chunks: file.chunks(start, end),
      });
    } finally {
      if (!sent) await file.close();
    }
  };
  const config = {
    may: "mirror",
    access: { activity: "export", operation: "mirror", protocol: "api" },
  } as const;
  const schema = (summary: string) => ({ tags: ["Mirror"], summary });
  const root = "/api/v1/mirror/files";
  server.get(`${root}/holdfast.json`, { config, schema: schema("Which archive this is") }, (request, reply) =>
    give(request, reply, "holdfast.json"),
  );
  for (const [folder, what] of [
    ["journal", "A file of the journal, as it lies on disk"],
    ["vault", "A segment, as it lies on disk"],
  ] as const)
    server.get<{ Params: { name: string } }>(
      `${root}/${folder}/:name`,
      { config, schema: schema(what) },
      (request, reply) => give(request, reply, `${folder}/${request.params.name}`),
    );
}

/** Now and then an access is recorded, with what was taken since the last; refusals before this are always. */
function note(request: FastifyRequest, ledger: MirrorLedger): void {
  const bytes = ledger.due(request.principal.id);
  if (bytes === undefined) request.access.recorded = true;
  else request.access.bytesOut += bytes;
}
