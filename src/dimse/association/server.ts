import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { HoldfastError } from "../../core/index.ts";
import { systemEnvironment } from "../environment.ts";
import { type AssociateReject, rejections } from "../pdu/index.ts";
import type { Answered } from "../scp/port.ts";
import { bcp195 } from "../tls.ts";
import { Acceptor, type AcceptorLimits, type AcceptorOptions, type AssociationRequest } from "./acceptor.ts";
import type { Association } from "./association.ts";
import { defaultMessageLimits, defaultTimeouts, type Peer, type Timeouts } from "./info.ts";
import { peerOf } from "./peer.ts";

export interface ServerLimits extends AcceptorLimits {
  /** Associations at once, over all peers and from one address. */
  associations: number;
  associationsPerPeer: number;
}

export const defaultServerLimits: ServerLimits = {
  ...defaultMessageLimits,
  maximumLength: 256 * 1024,
  associate: 512 * 1024,
  contexts: 128,
  associations: 100,
  associationsPerPeer: 32,
};

export interface ServerOptions extends Pick<AcceptorOptions, "handlers" | "policy" | "admit"> {
  environment?: AcceptorOptions["environment"];
  timeouts?: Partial<Timeouts>;
  limits?: Partial<ServerLimits>;
  observer?: ServerObserver;
}

export interface ServerObserver {
  opened?(association: Association): void;
  refused?(request: AssociationRequest, reject: AssociateReject): void;
  closed?(association: Association): void;
  answered?: Answered;
}

export interface ListenOptions {
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** TLS in the BCP 195 profile, with these options of `tls.createServer`. */
  tls?: TlsOptions;
}

/** Connections beyond the limits that are told so by an A-ASSOCIATE-RJ; more are closed at once. */
const surplusConnections = 32;
const surplusPerPeer = 8;
/** Bytes buffered per connection before a sender waits. */
const highWaterMark = 256 * 1024;
const drainPoll = 20;

/** Accepts associations on any number of listeners, within its limits. */
export class DimseServer {
  readonly #options: AcceptorOptions;
  readonly #limits: ServerLimits;
  readonly #observer: ServerObserver;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #perPeer = new Map<string, number>();
  readonly #acceptors = new Set<Acceptor>();
  #closing = false;
  #emptied = (): void => {};

  constructor(options: ServerOptions) {
    this.#limits = { ...defaultServerLimits, ...options.limits };
    this.#observer = options.observer ?? {};
    this.#options = {
      environment: options.environment ?? systemEnvironment(),
      timeouts: { ...defaultTimeouts, ...options.timeouts },
      limits: this.#limits,
      handlers: options.handlers,
      policy: options.policy,
      admit: options.admit,
      ...(options.observer?.answered && { answered: options.observer.answered }),
    };
  }

  /** Resolves with the address once it listens; rejects with `association/connect`. */
  listen({ host, port, tls }: ListenOptions): Promise<{ host: string; port: number }> {
    const server = tls ? this.#tlsServer(tls) : createServer({ highWaterMark }, (socket) => this.#serve(socket));
    server.prependListener("connection", (socket: Socket) => this.#count(socket));
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once("error", (cause) => reject(new HoldfastError("association/connect", "Cannot listen.", { cause })));
      server.listen(port, host, () => {
        const address = server.address() as { address: string; port: number };
        resolve({ host: address.address, port: address.port });
      });
    });
  }

  /** Present associations, oldest first. */
  associations(): Association[] {
    return [...this.#acceptors].flatMap(({ association }) => (association && !association.over ? [association] : []));
  }

  /** Takes no more associations, lets running operations end, and cuts off what is left after `deadline` ms. */
  async close(deadline = 10_000): Promise<void> {
    this.#closing = true;
    const stopped = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)));
    const empty = new Promise<void>((resolve) => {
      this.#emptied = resolve;
    });
    for (const acceptor of this.#acceptors) acceptor.drain();
    const { timers } = this.#options.environment;
    const cancelAbort = timers.after(deadline, () => {
      for (const acceptor of this.#acceptors) acceptor.abort();
    });
    const cancelDestroy = timers.after(deadline + drainPoll, () => {
      for (const socket of this.#sockets) socket.destroy();
    });
    // A server counts its connections as gone before they have told so.
    if (this.#acceptors.size > 0) await empty;
    await Promise.all(stopped);
    cancelAbort();
    cancelDestroy();
  }

  #tlsServer(tls: TlsOptions): Server {
    const options = { ...bcp195, handshakeTimeout: this.#options.timeouts.artim, ...tls, highWaterMark };
    const server = createTlsServer(options, (socket) => this.#serve(socket));
    server.on("tlsClientError", (_error, socket) => socket.destroy());
    return server;
  }

  /** Counts transport connections, those amid a TLS handshake included. */
  #count(socket: Socket): void {
    const address = socket.remoteAddress ?? "";
    const { associations, associationsPerPeer } = this.#limits;
    const full = this.#sockets.size >= associations + surplusConnections;
    const fullForPeer = (this.#perPeer.get(address) ?? 0) >= associationsPerPeer + surplusPerPeer;
    if (this.#closing || full || fullForPeer) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    this.#perPeer.set(address, (this.#perPeer.get(address) ?? 0) + 1);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      const left = this.#perPeer.get(address)! - 1;
      if (left === 0) this.#perPeer.delete(address);
      else this.#perPeer.set(address, left);
    });
  }

  #serve(socket: Socket): void {
    if (socket.destroyed) return;
    const acceptor: Acceptor = new Acceptor(
      socket,
      this.#options,
      {
        opened: (association) => this.#observer.opened?.(association),
        refused: (request, reject) => this.#observer.refused?.(request, reject),
        closed: (association) => {
          this.#acceptors.delete(acceptor);
          if (association) this.#observer.closed?.(association);
          if (this.#acceptors.size === 0) this.#emptied();
        },
      },
      this.#surplus(peerOf(socket)),
    );
    this.#acceptors.add(acceptor);
  }

  /** Only what is or may become an association counts, not what is rejected or just ending. */
  #surplus({ address }: Peer): AssociateReject | undefined {
    const present = [...this.#acceptors].filter((acceptor) => acceptor.present);
    const fromPeer = present.filter((acceptor) => acceptor.peer.address === address);
    const { associations, associationsPerPeer } = this.#limits;
    const full = present.length >= associations || fromPeer.length >= associationsPerPeer;
    return full ? rejections.localLimit : undefined;
  }
}
