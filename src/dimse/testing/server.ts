import type { ByteSink } from "../../core/index.ts";
import { DimseServer, type Outcome, type ServerOptions } from "../index.ts";

/** Takes any bytes and forgets them. */
export function discardingSink(): ByteSink<Outcome> {
  return { write: () => undefined, end: async () => ({ status: 0 }), abort: () => {} };
}

/** A server on a free port that accepts every context and answers C-ECHO and C-STORE; closed when disposed of. */
export async function serve(
  options: Partial<ServerOptions> = {},
): Promise<AsyncDisposable & { server: DimseServer; port: number }> {
  const server = new DimseServer({
    policy: {
      supports: () => true,
      choose: (_abstractSyntax, [first]) => first,
      roles: () => ({ scu: true, scp: true }),
    },
    admit: () => ({}),
    ...options,
    handlers: { echo: () => ({ status: 0 }), store: discardingSink, ...options.handlers },
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  return { server, port, [Symbol.asyncDispose]: () => server.close(0) };
}
