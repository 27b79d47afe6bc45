import type { Socket } from "node:net";
import { HoldfastError } from "../../core/index.ts";
import type { Timers } from "../environment.ts";
import {
  type Abort,
  type AssociateAccept,
  type AssociateReject,
  type AssociateRequest,
  aborts,
  type ControlPdu,
  PduError,
  type PduLimits,
  type PduListener,
  PduReader,
} from "../pdu/index.ts";
import { Effects } from "./effects.ts";
import type { State, UpperLayerEvent } from "./port.ts";
import { localPrimitives, transition } from "./table.ts";
import { type Connection, Transport, type TransportListener } from "./transport.ts";
import type { UpperLayerUser } from "./user.ts";

export interface UpperLayerOptions {
  timers: Timers;
  /** Association Request/Reject/Release Timer, milliseconds (PS3.8 9.1.4). */
  artim: number;
  limits: PduLimits;
}

/** The upper layer service provider (PS3.8 sections 7 and 9) of one association over one transport connection. */
export class UpperLayer {
  readonly #user: UpperLayerUser;
  readonly #effects: Effects;
  readonly #reader: PduReader;
  #state: State = 1;

  private constructor(
    user: UpperLayerUser,
    options: UpperLayerOptions,
    connect: () => Connection,
    request?: AssociateRequest,
  ) {
    this.#user = user;
    this.#reader = new PduReader(this.#pduListener(), options.limits);
    const artim = { timers: options.timers, artim: options.artim, expired: () => this.#step({ event: 18 }) };
    const open = (): Transport => new Transport(connect(), this.#transportListener());
    this.#effects = new Effects(user, artim, open, request);
  }

  /** Serves a transport connection that a peer has opened. */
  static accept(socket: Socket, user: UpperLayerUser, options: UpperLayerOptions): UpperLayer {
    const layer = new UpperLayer(user, options, () => ({ socket, ready: "open" }));
    layer.#effects.connect();
    layer.#step({ event: 5 });
    return layer;
  }

  /** A-ASSOCIATE request: opens a transport connection to a peer and asks for an association. */
  static request(
    connect: () => Connection,
    request: AssociateRequest,
    user: UpperLayerUser,
    options: UpperLayerOptions,
  ): UpperLayer {
    const layer = new UpperLayer(user, options, connect, request);
    layer.#step({ event: 1 });
    return layer;
  }

  get state(): State {
    return this.#state;
  }

  /** Whether sent bytes wait for the peer to read. */
  get sending(): boolean {
    return this.#effects.transport?.socket.writableNeedDrain ?? false;
  }

  /** A-ASSOCIATE response: accept. */
  accept(accept: AssociateAccept): void {
    this.#step({ event: 7, accept });
  }

  /** A-ASSOCIATE response: reject. */
  reject(reject: AssociateReject): void {
    this.#step({ event: 8, reject });
  }

  /** P-DATA request: whole P-DATA-TF PDUs; the promise, if any, resolves when the transport takes more. */
  data(parts: Uint8Array[]): Promise<void> | undefined {
    this.#step({ event: 9, parts });
    return this.#effects.transport?.drained();
  }

  /** A-RELEASE request. */
  release(): void {
    this.#step({ event: 11 });
  }

  /** A-RELEASE response. */
  releaseReply(): void {
    this.#step({ event: 14 });
  }

  /** A-ABORT request; of no effect when the association is already over. */
  abort(abort: Abort): void {
    if (this.#state === 2) this.#effects.transport?.destroy();
    else if (this.#state !== 1 && this.#state !== 13) this.#step({ event: 15, abort });
    this.#readOn();
  }

  /** Drops the transport connection without a word. */
  destroy(): void {
    this.#effects.transport?.destroy();
  }

  #step(event: UpperLayerEvent): void {
    const action = transition(event.event, this.#state);
    if (!action) {
      if (!localPrimitives.has(event.event)) return;
      throw new HoldfastError("association/protocol", `Event ${event.event} cannot be in state ${this.#state}.`);
    }
    this.#state = action(this.#effects, event);
    this.#effects.flush();
  }

  /** After an abort nothing waits for the user any longer: what still comes is dropped, until the end of it. */
  #readOn(): void {
    if (!this.#effects.transport?.blocked) return;
    this.#reader.close();
    this.#effects.transport.unblock();
  }

  #transportListener(): TransportListener {
    return {
      connected: () => this.#step({ event: 2 }),
      received: (chunk) => {
        this.#user.received(chunk.length);
        return this.#read(chunk);
      },
      closed: (error) => {
        this.#reader.close();
        this.#step({ event: 17 });
        this.#effects.stopArtim();
        this.#user.closed(error);
      },
    };
  }

  /** Whatever goes wrong here is the end of this association, and of nothing else. */
  #read(chunk: Buffer): Promise<void> | undefined {
    try {
      return this.#reader.push(chunk)?.catch((error: unknown) => this.#failed(error));
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  #pduListener(): PduListener {
    return {
      control: (pdu) => this.#step(eventOf(pdu)),
      dataHeader: () => this.#step({ event: 10 }),
      fragment: (contextId, command, last, bytes) => this.#fragment(contextId, command, last, bytes),
      invalid: (error) => this.#step({ event: 19, abort: error.abort }),
    };
  }

  #fragment(contextId: number, command: boolean, last: boolean, bytes: Uint8Array): Promise<void> | undefined {
    if (this.#state !== 6 && this.#state !== 7) return undefined;
    return this.#user.fragment(contextId, command, last, bytes);
  }

  #failed(error: unknown): void {
    this.#reader.close();
    this.#step({ event: 19, abort: error instanceof PduError ? error.abort : aborts.notSpecified });
  }
}

/** The event of PS3.8 Table 9-10 that a received PDU is. */
function eventOf(pdu: ControlPdu): UpperLayerEvent {
  switch (pdu.type) {
    case "associate-request":
      return { event: 6, request: pdu.request };
    case "associate-accept":
      return { event: 3, accept: pdu.accept };
    case "associate-reject":
      return { event: 4, reject: pdu.reject };
    case "release-request":
      return { event: 12 };
    case "release-reply":
      return { event: 13 };
    case "abort":
      return { event: 16, abort: pdu.abort };
  }
}
