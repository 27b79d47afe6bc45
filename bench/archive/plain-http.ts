/**
 * An HTTP client that costs little, since client and server share the machine: one request at a time over one kept
 * connection, the response read no further than is needed to find its end (RFC 9112 section 6).
 */
import { connect, type Socket } from "node:net";

const headEnd = Buffer.from("\r\n\r\n");
const lastChunk = Buffer.from("\r\n0\r\n\r\n");

export interface Reply {
  status: number;
  bytes: number;
}

export class PlainConnection {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  /** @throws when the connection breaks before the response is whole. */
  get(path: string, accept: string): Promise<Reply> {
    const socket = this.#connected();
    const response = new Response();
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        socket.off("data", take).off("close", broken).off("error", broken);
        if (response.closes) this.close();
        end();
      };
      const broken = (): void => {
        this.close();
        settle(() => reject(new Error("the connection broke within a response")));
      };
      const take = (chunk: Buffer): void => {
        if (response.take(chunk)) settle(() => resolve(response));
      };
      socket.on("data", take).on("close", broken).on("error", broken);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${this.#host}:${this.#port}\r\nAccept: ${accept}\r\n\r\n`);
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #connected(): Socket {
    if (!this.#socket || this.#socket.destroyed) {
      this.#socket = connect(this.#port, this.#host).setNoDelay(true);
      this.#socket.on("error", () => {}); // whoever asks is told by the event on the request
    }
    return this.#socket;
  }
}

class Response implements Reply {
  status = 0;
  bytes = 0;
  closes = false;
  #head: Buffer | undefined = Buffer.alloc(0);
  /** Body bytes to come; undefined when chunked. */
  #left: number | undefined;
  #tail = Buffer.from("\r\n");

  /** True when the response is whole. */
  take(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    if (!this.#head) return this.#body(chunk);
    const bytes = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    const end = bytes.indexOf(headEnd);
    this.#head = end < 0 ? bytes : undefined;
    if (end < 0) return false;
    this.#begin(bytes.toString("latin1", 0, end + 2));
    return this.#body(bytes.subarray(end + 4));
  }

  #begin(head: string): void {
    this.status = Number(head.slice(9, 12));
    this.closes = /\r\nconnection: *close/i.test(head);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const chunked = /\r\ntransfer-encoding: *chunked/i.test(head);
    this.#left = chunked ? undefined : Number(length ?? 0);
  }

  #body(bytes: Buffer): boolean {
    if (this.#left !== undefined) {
      this.#left -= bytes.length;
      return this.#left <= 0;
    }
    this.#tail = Buffer.concat([this.#tail, bytes]).subarray(-lastChunk.length);
    return this.#tail.equals(lastChunk);
  }
}
