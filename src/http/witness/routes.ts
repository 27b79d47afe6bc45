/** C2SP tlog-witness over HTTP, for other archives: what is submitted is signed, so that nobody need be known. */
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Witness, WitnessAnswer } from "../../vault/witness/index.ts";

const bodyLimit = 64 * 1024; // bytes

/** Under `prefix`: `POST /add-checkpoint`, and `GET /HASH/checkpoint` with the SHA-256 (hex) of an origin. */
export function registerWitness(server: FastifyInstance, witness: Witness, prefix: string): void {
  server.register(async (own) => {
    own.removeAllContentTypeParsers();
    own.addContentTypeParser("*", { parseAs: "string", bodyLimit }, (_request, body, done) => done(null, body));
    own.post(
      `${prefix}/add-checkpoint`,
      { config: { may: "public" }, schema: { tags: ["Witness"], summary: "Cosign a checkpoint (C2SP tlog-witness)" } },
      async (request, reply) => send(reply, await witness.addCheckpoint(String(request.body ?? ""))),
    );
    own.get<{ Params: { hash: string } }>(
      `${prefix}/:hash/checkpoint`,
      { config: { may: "public" }, schema: { tags: ["Witness"], summary: "The largest checkpoint seen of a log" } },
      async (request, reply) => send(reply, await witness.latest(request.params.hash)),
    );
  });
}

const send = (reply: FastifyReply, { status, type, body }: WitnessAnswer): FastifyReply =>
  reply.code(status).header("content-type", type).send(body);
