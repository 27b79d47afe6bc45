/** Another Holdfast, or a witness, over HTTP or HTTPS: one connection kept open, answers streamed, no redirects. */
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { ConnectionOptions } from "node:tls";
import { HoldfastError } from "../../core/index.ts";

export interface RemoteOptions {
  /** `https://HOST[:PORT][/PATH]`. */
  url: string;
  tls?: ConnectionOptions;
  /** Without a byte for so long, ms, a request is given up. */
  idle: number;
}

export interface RemoteAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Has to be read or destroyed. Ends with an error when the connection breaks before the stated length. */
  body: IncomingMessage;
}

export class Remote {
  readonly place: string;
  readonly #options: RemoteOptions;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.place = options.url.replace(/\/+$/, "");
    this.#agent = this.place.startsWith("https:")
      ? new HttpsAgent({ keepAlive: true, maxSockets: 2, ...options.tls })
      : new HttpAgent({ keepAlive: true, maxSockets: 2 });
  }

  /** `path` below the address. @throws what the connection throws */
  ask(
    method: "GET" | "POST",
    path: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<RemoteAnswer> {
    const send = this.place.startsWith("https:") ? httpsRequest : httpRequest;
    const { idle } = this.#options;
    return new Promise((resolve, reject) => {
      const asked = send(`${this.place}${path}`, { method, headers, agent: this.#agent, timeout: idle }, (answer) => {
        answer.setTimeout(idle, () => answer.destroy(new HoldfastError("request/timeout")));
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: answer });
      });
      asked.on("timeout", () => asked.destroy(new HoldfastError("request/timeout")));
      asked.on("error", reject);
      asked.end(body);
    });
  }

  /** A short answer as text. @throws HoldfastError request/too-large beyond `most` bytes */
  async text(
    method: "GET" | "POST",
    path: string,
    most: number,
    body?: string,
  ): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
    const answer = await this.ask(method, path, body === undefined ? {} : { "content-type": "text/plain" }, body);
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of answer.body) {
      length += (chunk as Buffer).length;
      if (length > most) {
        answer.body.destroy();
        throw new HoldfastError("request/too-large", "The answer is too long.");
      }
      chunks.push(chunk as Buffer);
    }
    return { status: answer.status, headers: answer.headers, text: Buffer.concat(chunks).toString("utf8") };
  }

  close(): void {
    this.#agent.destroy();
  }
}
