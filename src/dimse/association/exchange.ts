import { type Command, isPending, type MessageBody } from "../message/index.ts";

export interface Response {
  command: Command;
  dataSet?: Buffer;
}

/** Responses beyond this many wait in the network. */
const highWater = 32;

/** The responses to one request of ours, in order; the reader pauses the peer when the consumer is behind. */
export class Exchange {
  readonly messageId: number;
  readonly contextId: number;
  #responses: Response[] = [];
  #failure: unknown;
  #failed = false;
  #wake: (() => void) | undefined;
  #room: (() => void) | undefined;

  constructor(messageId: number, contextId: number) {
    this.messageId = messageId;
    this.contextId = contextId;
  }

  push(response: Response): Promise<void> | undefined {
    this.#responses.push(response);
    this.#wake?.();
    if (this.#responses.length < highWater) return undefined;
    return new Promise((resolve) => {
      this.#room = resolve;
    });
  }

  fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#failure = error;
    this.#wake?.();
    this.#room?.();
  }

  /** The next response; rejects when the association ended before. */
  async next(): Promise<Response> {
    while (this.#responses.length === 0) {
      if (this.#failed) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#room?.();
    return this.#responses.shift()!;
  }

  get failed(): boolean {
    return this.#failed;
  }

  /** Every response, the final one last. */
  async *all(): AsyncGenerator<Response> {
    for (;;) {
      const response = await this.next();
      yield response;
      if (!isPending(response.command.status ?? 0)) return;
    }
  }

  /** Passes over what is still to come. */
  async drain(): Promise<void> {
    for await (const _ of this.all());
  }
}

/** Gathers a data set of limited size. */
export class GatheredBody implements MessageBody {
  readonly #limit: number;
  readonly #complete: (bytes: Buffer) => Promise<void> | undefined;
  readonly #exceeded: () => Error;
  readonly #aborted: (reason: unknown) => void;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(
    limit: number,
    complete: (bytes: Buffer) => Promise<void> | undefined,
    exceeded: () => Error,
    aborted: (reason: unknown) => void = () => {},
  ) {
    this.#limit = limit;
    this.#complete = complete;
    this.#exceeded = exceeded;
    this.#aborted = aborted;
  }

  write(bytes: Uint8Array): undefined {
    this.#size += bytes.length;
    if (this.#size > this.#limit) throw this.#exceeded();
    this.#parts.push(Buffer.from(bytes));
  }

  end(): Promise<void> | undefined {
    return this.#complete(this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts));
  }

  abort(reason: unknown): void {
    this.#aborted(reason);
  }
}
