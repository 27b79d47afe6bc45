import type { Socket } from "node:net";
import { HoldfastError } from "../../core/index.ts";

/** A transport connection: what to open, and the event by which it says that it is open. */
export interface Connection {
  socket: Socket;
  ready: "connect" | "secureConnect" | "open";
}

export interface TransportListener {
  connected(): void;
  /** A promise pauses the transport until it settles. */
  received(chunk: Buffer): Promise<void> | undefined;
  closed(error: Error | undefined): void;
}

/** Below this many bytes a copy into one buffer is cheaper than a gathered write. */
const coalesceLimit = 32 * 1024;

/** TCP or TLS with back-pressure both ways. */
export class Transport {
  readonly socket: Socket;
  readonly #listener: TransportListener;
  #error: Error | undefined;
  #drain: Promise<void> | undefined;
  #blocked = false;

  constructor({ socket, ready }: Connection, listener: TransportListener) {
    this.socket = socket;
    this.#listener = listener;
    socket.setNoDelay(true);
    if (ready !== "open") socket.once(ready, () => listener.connected());
    socket.on("data", (chunk: Buffer) => this.#received(chunk));
    socket.on("error", (error) => {
      this.#error ??= error;
    });
    socket.on("close", () => listener.closed(this.#error));
  }

  /** One system call for all parts, where the kernel takes them. */
  write(parts: Uint8Array[]): void {
    const { socket } = this;
    if (socket.destroyed || !socket.writable) return;
    if (parts.length === 1) {
      socket.write(parts[0]!);
      return;
    }
    const size = parts.reduce((sum, part) => sum + part.length, 0);
    if (size <= coalesceLimit) {
      socket.write(Buffer.concat(parts, size));
      return;
    }
    socket.cork();
    for (const part of parts) socket.write(part);
    socket.uncork();
  }

  /** Pending while more is buffered than the transport wants; rejects when it closes meanwhile. */
  drained(): Promise<void> | undefined {
    if (this.socket.destroyed) return Promise.reject(gone());
    if (!this.socket.writableNeedDrain) return undefined;
    this.#drain ??= this.#awaitDrain();
    return this.#drain;
  }

  #awaitDrain(): Promise<void> {
    const { socket } = this;
    return new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        socket.off("drain", settle).off("close", settle);
        this.#drain = undefined;
        if (socket.destroyed) reject(gone());
        else resolve();
      };
      socket.on("drain", settle).on("close", settle);
    });
  }

  /** Whether received bytes wait for the listener's promise. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Reads on although the listener's promise is pending. */
  unblock(): void {
    this.#blocked = false;
    if (!this.socket.destroyed) this.socket.resume();
  }

  /** Ends in good order when nothing waits to be sent, else at once: the peer does not read. */
  close(): void {
    if (this.socket.writableLength === 0) this.socket.destroySoon();
    else this.socket.destroy();
  }

  destroy(): void {
    this.socket.destroy();
  }

  #received(chunk: Buffer): void {
    const wait = this.#listener.received(chunk);
    if (!wait) return;
    this.#blocked = true;
    this.socket.pause();
    const resume = (): void => this.unblock();
    wait.then(resume, resume);
  }
}

const gone = (): HoldfastError => new HoldfastError("association/aborted", "The connection closed.");
