import type { Socket } from "node:net";
import type { Environment } from "../environment.ts";
import {
  type AssociateReject,
  type AssociateRequest,
  aborts,
  applicationContextName,
  PduError,
  rejections,
} from "../pdu/index.ts";
import { acceptorServices } from "../scp/acceptor-services.ts";
import type { ServiceHandlers } from "../scp/handlers.ts";
import type { Answered } from "../scp/port.ts";
import { UpperLayer, type UpperLayerUser } from "../upper-layer/index.ts";
import { Association } from "./association.ts";
import type { AcceptedContext, AssociationInfo, MessageLimits, Peer, Timeouts } from "./info.ts";
import { type ContextPolicy, negotiate } from "./negotiate.ts";
import { localOf, peerOf } from "./peer.ts";

/** What a peer asks for, as the admission sees it. */
export interface AssociationRequest {
  peer: Peer;
  local: { address: string; port: number };
  request: AssociateRequest;
}

/** Admitted, with what to attach to the association and the answer to a user identity; or refused. */
export type Admission = { principal?: unknown; userIdentityResponse?: Uint8Array } | { reject: AssociateReject };

export interface AcceptorLimits extends MessageLimits {
  /** Bytes of a P-DATA-TF body that we take: our Maximum Length. */
  maximumLength: number;
  /** Bytes of an A-ASSOCIATE-RQ body. */
  associate: number;
  /** Presentation contexts that one association may propose. */
  contexts: number;
}

export interface AcceptorOptions {
  environment: Environment;
  timeouts: Timeouts;
  limits: AcceptorLimits;
  handlers: ServiceHandlers;
  policy: ContextPolicy;
  /** Decides on the AE titles, the user identity and the certificate. */
  admit(request: AssociationRequest): Admission | Promise<Admission>;
  answered?: Answered;
}

export interface AcceptorListener {
  opened(association: Association): void;
  refused(request: AssociationRequest, reject: AssociateReject): void;
  /** The transport connection is closed; no association: it never came to be. */
  closed(association: Association | undefined): void;
}

/** The smallest Maximum Length that leaves room for a fragment worth a PDU. */
const smallestMaximumLength = 128;

/** Serves one transport connection of a peer: establishes the association, then hands over to it. */
export class Acceptor implements UpperLayerUser {
  readonly #options: AcceptorOptions;
  readonly #listener: AcceptorListener;
  /** Set when there is no room for this association. */
  readonly #surplus: AssociateReject | undefined;
  readonly peer: Peer;
  readonly #local: { address: string; port: number };
  readonly #layer: UpperLayer;
  association: Association | undefined;

  constructor(socket: Socket, options: AcceptorOptions, listener: AcceptorListener, surplus?: AssociateReject) {
    this.#options = options;
    this.#listener = listener;
    this.#surplus = surplus;
    this.peer = peerOf(socket);
    this.#local = localOf(socket);
    const { environment, timeouts, limits } = options;
    this.#layer = UpperLayer.accept(socket, this, {
      timers: environment.timers,
      artim: timeouts.artim,
      limits: { maximumLength: limits.maximumLength, associateLength: limits.associate },
    });
  }

  /** Whether it is an association or may become one. */
  get present(): boolean {
    return !this.#surplus && !this.association?.over;
  }

  /** Ends what is not yet an association at once, and an association as soon as nothing is under way. */
  drain(): void {
    if (this.association) this.association.drain();
    else this.#layer.destroy();
  }

  abort(): void {
    if (this.association) this.association.abort();
    else this.#layer.abort(aborts.serviceUser);
  }

  destroy(): void {
    this.#layer.destroy();
  }

  refusal(request: AssociateRequest): AssociateReject | undefined {
    const reject = this.#surplus ?? this.#protocolRefusal(request);
    if (reject) this.#listener.refused(this.#describe(request), reject);
    return reject;
  }

  associateIndication(request: AssociateRequest): void {
    this.#answer(request).catch(() => this.#layer.abort(aborts.notSpecified));
  }

  associateConfirm(): void {}
  rejectConfirm(): void {}

  fragment(contextId: number, command: boolean, last: boolean, bytes: Uint8Array): Promise<void> | undefined {
    if (!this.association) throw new PduError(aborts.unexpectedPdu, "data came before the association");
    return this.association.fragment(contextId, command, last, bytes);
  }

  releaseIndication(): void {
    this.association?.releaseIndication();
  }
  releaseConfirm(): void {
    this.association?.releaseConfirm();
  }
  abortIndication(abort: { source: number; reason: number }): void {
    this.association?.abortIndication(abort);
  }
  received(bytes: number): void {
    this.association?.received(bytes);
  }
  closed(): void {
    this.association?.transportClosed();
    this.#listener.closed(this.association);
  }

  #describe(request: AssociateRequest): AssociationRequest {
    return { peer: this.peer, local: this.#local, request };
  }

  #protocolRefusal(request: AssociateRequest): AssociateReject | undefined {
    if ((request.protocolVersion & 1) === 0) return rejections.protocolVersion;
    if (request.applicationContext !== applicationContextName) return rejections.applicationContext;
    if (request.contexts.length > this.#options.limits.contexts) return rejections.localLimit;
    const { maximumLength } = request.userInformation;
    if (maximumLength !== 0 && maximumLength < smallestMaximumLength) return rejections.noReason;
    return undefined;
  }

  async #answer(request: AssociateRequest): Promise<void> {
    const description = this.#describe(request);
    const admission = await this.#options.admit(description);
    // The peer may have gone meanwhile.
    if (this.#layer.state !== 3) return;
    if ("reject" in admission) return this.#refuse(description, admission.reject);
    const { accept, contexts } = negotiate(request, this.#options.policy, this.#options.limits.maximumLength);
    if (contexts.size === 0) return this.#refuse(description, rejections.noReason);
    if (admission.userIdentityResponse && request.userInformation.userIdentity?.positiveResponseRequested) {
      accept.userInformation.userIdentityResponse = admission.userIdentityResponse;
    }
    this.#open(request, contexts, admission.principal);
    this.#layer.accept(accept);
    this.#listener.opened(this.association!);
  }

  #refuse(description: AssociationRequest, reject: AssociateReject): void {
    this.#listener.refused(description, reject);
    this.#layer.reject(reject);
  }

  #open(request: AssociateRequest, contexts: Map<number, AcceptedContext>, principal: unknown): void {
    const { environment, timeouts, limits, handlers, answered } = this.#options;
    const { userInformation } = request;
    const info: AssociationInfo = {
      id: environment.newId(),
      requestor: false,
      callingAeTitle: request.callingAeTitle,
      calledAeTitle: request.calledAeTitle,
      peer: this.peer,
      local: this.#local,
      openedAt: environment.clock(),
      contexts,
      implementationClassUid: userInformation.implementationClassUid,
      maximumLength: userInformation.maximumLength,
      ...(userInformation.userIdentity && { userIdentity: userInformation.userIdentity }),
      ...(userInformation.implementationVersionName !== undefined && {
        implementationVersionName: userInformation.implementationVersionName,
      }),
      ...(principal !== undefined && { principal }),
    };
    const options = { environment, timeouts, limits, services: acceptorServices, handlers };
    this.association = new Association(this.#layer, info, { ...options, ...(answered && { answered }) });
  }
}
