import { commandFragment, dataHeaderLength, lastFragment, pdvOverhead, writeDataHeader } from "../pdu/index.ts";
import { type Command, writeCommand } from "./command.ts";

/** A data set to send: in memory, or as chunks, which must stay as they are once they are given. */
export type DataSetSource = Uint8Array | AsyncIterable<Uint8Array>;

export interface WriterPort {
  /** P-DATA request; a promise is back-pressure. */
  send(parts: Uint8Array[]): Promise<void> | undefined;
  /** A message broke off after part of it was sent: nothing more can be said on this association. */
  broken(error: unknown): void;
}

/** Where the peer states no limit, we keep to our own. */
const unlimited = 256 * 1024;

/** Fragments are gathered up to this many bytes before they are handed to the transport. */
const batchLimit = 64 * 1024;

/** Cuts messages into P-DATA-TF PDUs of the peer's maximum length; sends one message after the other. */
export class MessageWriter {
  readonly #port: WriterPort;
  /** Bytes of a message that fit into one PDU; even, since no fragment but the last may be odd (PS3.8 E.2). */
  readonly #room: number;
  #turn: Promise<unknown> = Promise.resolve();
  #parts: Uint8Array[] = [];
  #size = 0;
  #begun = false;

  constructor(port: WriterPort, maximumLength: number) {
    this.#port = port;
    this.#room = ((maximumLength === 0 ? unlimited : Math.min(maximumLength, unlimited)) - pdvOverhead) & ~1;
  }

  /** Resolves when the transport has taken the whole message. */
  write(contextId: number, command: Command, dataSet?: DataSetSource): Promise<void> {
    const sent = this.#turn.then(() => this.#message(contextId, command, dataSet));
    this.#turn = sent.catch(() => {});
    return sent;
  }

  async #message(contextId: number, command: Command, dataSet?: DataSetSource): Promise<void> {
    this.#begun = false;
    try {
      await this.#fragments(contextId, commandFragment, writeCommand(command), true);
      if (dataSet instanceof Uint8Array) await this.#fragments(contextId, 0, dataSet, true);
      else if (dataSet) await this.#stream(contextId, dataSet);
      await this.#flush();
    } catch (error) {
      this.#drop();
      if (this.#begun) this.#port.broken(error);
      throw error;
    }
  }

  /** One chunk is held back, since the last one must be marked; a left-over odd byte joins the next chunk. */
  async #stream(contextId: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    let held: Uint8Array = new Uint8Array(0);
    for await (const chunk of chunks) {
      const whole = held.length & ~1;
      if (whole > 0) await this.#fragments(contextId, 0, held.subarray(0, whole), false);
      held = whole === held.length ? chunk : Buffer.concat([held.subarray(whole), chunk]);
    }
    await this.#fragments(contextId, 0, held, true);
  }

  async #fragments(contextId: number, control: number, bytes: Uint8Array, last: boolean): Promise<void> {
    for (let at = 0; at < bytes.length || last; at += this.#room) {
      const piece = bytes.subarray(at, at + this.#room);
      const ends = last && at + piece.length >= bytes.length;
      this.#add(contextId, ends ? control | lastFragment : control, piece);
      if (this.#size >= batchLimit) await this.#flush();
      if (ends) return;
    }
  }

  #add(contextId: number, control: number, piece: Uint8Array): void {
    const header = Buffer.allocUnsafe(dataHeaderLength);
    writeDataHeader(header, contextId, control, piece.length);
    this.#parts.push(header, piece);
    this.#size += header.length + piece.length;
  }

  #flush(): Promise<void> | undefined {
    const parts = this.#parts;
    if (parts.length === 0) return undefined;
    this.#drop();
    this.#begun = true;
    return this.#port.send(parts);
  }

  #drop(): void {
    this.#parts = [];
    this.#size = 0;
  }
}
