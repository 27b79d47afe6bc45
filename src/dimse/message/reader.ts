import { aborts, PduError } from "../pdu/index.ts";
import { type Command, readCommand } from "./command.ts";

/** Takes the data set of one message, fragment by fragment. */
export interface MessageBody {
  /** The bytes are valid during the call only. A promise is back-pressure. */
  write(bytes: Uint8Array): Promise<void> | undefined;
  end(): Promise<void> | undefined;
  /** The association ended before the data set did. */
  abort(reason: unknown): void;
}

/** Receives each command as it is whole; returns where its data set goes, when one follows. */
export type CommandListener = (
  contextId: number,
  command: Command,
) => MessageBody | undefined | Promise<MessageBody | undefined>;

const nothing: Buffer = Buffer.alloc(0);

const unexpected = (message: string): PduError => new PduError(aborts.unexpectedParameter, message);

/** Puts messages together from fragments (PS3.7 6.3.1, PS3.8 Annex E): commands whole, data sets as a stream. */
export class MessageReader {
  readonly #begin: CommandListener;
  readonly #commandLimit: number;
  #command = nothing;
  #contextId: number | undefined;
  #body: MessageBody | undefined;

  constructor(begin: CommandListener, commandLimit: number) {
    this.#begin = begin;
    this.#commandLimit = commandLimit;
  }

  /** Whether a message has begun and is not yet whole. */
  get midway(): boolean {
    return this.#contextId !== undefined;
  }

  fragment(contextId: number, command: boolean, last: boolean, bytes: Uint8Array): Promise<void> | undefined {
    if (this.#contextId !== undefined && contextId !== this.#contextId) {
      throw unexpected("fragments of two messages are interleaved");
    }
    return command ? this.#commandFragment(contextId, last, bytes) : this.#dataFragment(last, bytes);
  }

  abort(reason: unknown): void {
    this.#body?.abort(reason);
    this.#body = undefined;
    this.#contextId = undefined;
  }

  #commandFragment(contextId: number, last: boolean, bytes: Uint8Array): Promise<void> | undefined {
    if (this.#body) throw unexpected("a command came before the data set was whole");
    if (this.#command.length + bytes.length > this.#commandLimit) throw unexpected("a command set is too long");
    this.#contextId = contextId;
    // Whole in one fragment, as nearly always: no copy.
    const whole = this.#command.length === 0 ? view(bytes) : Buffer.concat([this.#command, bytes]);
    if (!last) {
      this.#command = this.#command.length === 0 ? Buffer.from(whole) : whole;
      return undefined;
    }
    this.#command = nothing;
    return this.#commandComplete(contextId, readCommand(whole));
  }

  #commandComplete(contextId: number, command: Command): Promise<void> | undefined {
    const body = this.#begin(contextId, command);
    if (body instanceof Promise) return body.then((later) => this.#expect(command, later));
    this.#expect(command, body);
    return undefined;
  }

  #expect(command: Command, body: MessageBody | undefined): void {
    this.#body = body;
    if (!command.hasDataSet) this.#contextId = undefined;
  }

  #dataFragment(last: boolean, bytes: Uint8Array): Promise<void> | undefined {
    const body = this.#body;
    if (!body) throw unexpected("data came without a command");
    const wait = bytes.length > 0 ? body.write(bytes) : undefined;
    if (!last) return wait;
    // The association may end while the body takes its last bytes.
    if (wait) return wait.then(() => (this.#body === body ? this.#end(body) : undefined));
    return this.#end(body);
  }

  #end(body: MessageBody): Promise<void> | undefined {
    this.#body = undefined;
    this.#contextId = undefined;
    return body.end();
  }
}

const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
