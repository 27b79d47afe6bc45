import type { IncomingMessage } from "node:http";
import { type Clock, HoldfastError } from "../../core/index.ts";
import type { HttpLimits } from "../options.ts";

/** Reads a request body within its limits of size and pace; throws `request/too-large`, `request/timeout`, `request/cancelled`. */
export async function* bodyOf(
  message: IncomingMessage,
  limits: HttpLimits,
  clock: Clock,
): AsyncGenerator<Uint8Array, void, undefined> {
  const startedAt = clock();
  let size = 0;
  try {
    for await (const chunk of message as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > limits.bodyBytes) throw new HoldfastError("request/too-large", "The body is larger than the limit.");
      const late = clock() - startedAt - limits.idleTimeout;
      if (late > 0 && size < (late / 1000) * limits.minimumRate) throw new HoldfastError("request/timeout");
      yield chunk;
    }
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    throw new HoldfastError("request/cancelled", undefined, { cause: error });
  }
}
