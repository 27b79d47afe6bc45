import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { HoldfastError } from "../../core/index.ts";
import { implementationClassUid, implementationVersionName } from "../../dicom/index.ts";
import { type Environment, systemEnvironment } from "../environment.ts";
import {
  type AssociateAccept,
  type AssociateReject,
  type AssociateRequest,
  aborts,
  applicationContextName,
  PduError,
  type RoleSelection,
  rejectText,
  type UserIdentity,
} from "../pdu/index.ts";
import type { ServiceHandlers } from "../scp/handlers.ts";
import { requestorServices } from "../scp/services.ts";
import { bcp195 } from "../tls.ts";
import { type Connection, UpperLayer, type UpperLayerUser } from "../upper-layer/index.ts";
import { Association } from "./association.ts";
import {
  type AssociationInfo,
  defaultMessageLimits,
  defaultTimeouts,
  type MessageLimits,
  type Timeouts,
} from "./info.ts";
import { acceptedContexts } from "./negotiate.ts";
import { localOf, peerOf } from "./peer.ts";

export interface AssociateOptions {
  host: string;
  port: number;
  /** TLS in the BCP 195 profile, with these options of `tls.connect`. */
  tls?: ConnectionOptions;
  calledAeTitle: string;
  callingAeTitle: string;
  /** At most 128. */
  contexts: { abstractSyntax: string; transferSyntaxes: string[] }[];
  roles?: RoleSelection[];
  userIdentity?: UserIdentity;
  /** Our Maximum Length: bytes of a P-DATA-TF body that we take. */
  maximumLength?: number;
  /** Serves requests of the peer: C-STORE of a C-GET, N-EVENT-REPORT. */
  handlers?: ServiceHandlers;
  timeouts?: Partial<Timeouts>;
  limits?: Partial<MessageLimits>;
  environment?: Environment;
  signal?: AbortSignal;
}

const mostContexts = 128;
const associateLength = 512 * 1024;
const highWaterMark = 256 * 1024;

/**
 * Asks a peer for an association. Rejects with `association/connect`, `association/rejected` (detail:
 * result/source/reason), `association/timeout` or `association/aborted`.
 */
export function associate(options: AssociateOptions): Promise<Association> {
  if (options.contexts.length === 0 || options.contexts.length > mostContexts) {
    return Promise.reject(new HoldfastError("request/invalid", "An association has 1 to 128 presentation contexts."));
  }
  return new Promise((resolve, reject) => new Requestor(options, resolve, reject));
}

class Requestor implements UpperLayerUser {
  readonly #options: AssociateOptions;
  readonly #environment: Environment;
  readonly #timeouts: Timeouts;
  readonly #request: AssociateRequest;
  readonly #resolve: (association: Association) => void;
  readonly #reject: (error: Error) => void;
  readonly #layer: UpperLayer;
  readonly #maximumLength: number;
  readonly #forget: () => void;
  #socket: Socket | undefined;
  #association: Association | undefined;
  #connected = false;

  constructor(options: AssociateOptions, resolve: (association: Association) => void, reject: (error: Error) => void) {
    this.#options = options;
    this.#environment = options.environment ?? systemEnvironment();
    this.#timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.#maximumLength = options.maximumLength ?? 256 * 1024;
    this.#request = requestOf(options, this.#maximumLength);
    this.#resolve = resolve;
    this.#reject = reject;
    const timeout = this.#environment.timers.after(this.#timeouts.artim, () =>
      this.#giveUp(new HoldfastError("association/timeout")),
    );
    const cancel = (): void => this.#giveUp(new HoldfastError("request/cancelled"));
    options.signal?.addEventListener("abort", cancel, { once: true });
    this.#forget = () => {
      timeout();
      options.signal?.removeEventListener("abort", cancel);
    };
    this.#layer = UpperLayer.request(() => this.#connect(), this.#request, this, {
      timers: this.#environment.timers,
      artim: this.#timeouts.artim,
      limits: { maximumLength: this.#maximumLength, associateLength },
    });
    if (options.signal?.aborted) cancel();
  }

  refusal(): undefined {}
  associateIndication(): void {}

  associateConfirm(accept: AssociateAccept): void {
    this.#forget();
    this.#association = new Association(this.#layer, this.#info(accept), {
      environment: this.#environment,
      timeouts: this.#timeouts,
      limits: { ...defaultMessageLimits, ...this.#options.limits },
      services: requestorServices,
      handlers: this.#options.handlers ?? {},
    });
    this.#resolve(this.#association);
  }

  rejectConfirm(reject: AssociateReject): void {
    this.#fail(new HoldfastError("association/rejected", rejectText(reject)));
  }

  fragment(contextId: number, command: boolean, last: boolean, bytes: Uint8Array): Promise<void> | undefined {
    if (!this.#association) throw new PduError(aborts.unexpectedPdu, "data came before the association");
    return this.#association.fragment(contextId, command, last, bytes);
  }

  releaseIndication(): void {
    this.#association?.releaseIndication();
  }
  releaseConfirm(): void {
    this.#association?.releaseConfirm();
  }
  abortIndication(abort: { source: number; reason: number }): void {
    this.#association?.abortIndication(abort);
    if (this.#connected) this.#fail(new HoldfastError("association/aborted", `${abort.source}/${abort.reason}`));
  }
  received(bytes: number): void {
    this.#association?.received(bytes);
  }
  closed(error: Error | undefined): void {
    this.#association?.transportClosed();
    this.#fail(new HoldfastError("association/connect", undefined, { cause: error }));
  }

  #connect(): Connection {
    const { host, port, tls } = this.#options;
    // A stream option that the type of these options leaves out.
    const target = { host, port, highWaterMark };
    const socket = tls ? connectTls({ ...bcp195, ...tls, ...target }) : connectTcp(target);
    const ready = tls ? "secureConnect" : "connect";
    this.#socket = socket;
    socket.once(ready, () => {
      this.#connected = true;
    });
    return { socket, ready };
  }

  /** Of no effect once the association is there. */
  #fail(error: Error): void {
    this.#forget();
    this.#reject(error);
  }

  #giveUp(error: Error): void {
    this.#fail(error);
    this.#layer.abort(aborts.serviceUser);
  }

  #info(accept: AssociateAccept): AssociationInfo {
    const { userInformation } = accept;
    return {
      id: this.#environment.newId(),
      requestor: true,
      callingAeTitle: this.#options.callingAeTitle,
      calledAeTitle: this.#options.calledAeTitle,
      peer: peerOf(this.#socket!),
      local: localOf(this.#socket!),
      openedAt: this.#environment.clock(),
      contexts: acceptedContexts(this.#request, accept),
      implementationClassUid: userInformation.implementationClassUid,
      maximumLength: userInformation.maximumLength,
      ...(userInformation.implementationVersionName !== undefined && {
        implementationVersionName: userInformation.implementationVersionName,
      }),
    };
  }
}

function requestOf(options: AssociateOptions, maximumLength: number): AssociateRequest {
  return {
    protocolVersion: 1,
    calledAeTitle: options.calledAeTitle,
    callingAeTitle: options.callingAeTitle,
    applicationContext: applicationContextName,
    contexts: options.contexts.map((context, index) => ({ id: 2 * index + 1, ...context })),
    userInformation: {
      maximumLength,
      implementationClassUid,
      implementationVersionName,
      roles: options.roles ?? [],
      extended: [],
      commonExtended: [],
      ...(options.userIdentity && { userIdentity: options.userIdentity }),
    },
  };
}
