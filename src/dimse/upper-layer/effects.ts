import type { Timers } from "../environment.ts";
import {
  type Abort,
  type AssociateAccept,
  type AssociateReject,
  type AssociateRequest,
  writeAbort,
  writeAssociateAccept,
  writeAssociateRequest,
  writeReject,
  writeReleaseReply,
  writeReleaseRequest,
} from "../pdu/index.ts";
import type { ActionPort } from "./port.ts";
import type { Transport } from "./transport.ts";
import type { UpperLayerUser } from "./user.ts";

/** Long enough for one turn of the event loop, ms. */
const lookAgain = 10;

export interface ArtimOptions {
  timers: Timers;
  /** Milliseconds (PS3.8 9.1.4). */
  artim: number;
  expired(): void;
}

/** The machine's actions carried out: PDUs to the transport, the ARTIM timer, indications to the user. */
export class Effects implements ActionPort {
  readonly requestor: boolean;
  transport: Transport | undefined;
  readonly #user: UpperLayerUser;
  readonly #artim: ArtimOptions;
  readonly #connect: () => Transport;
  readonly #request: AssociateRequest | undefined;
  #cancelArtim: (() => void) | undefined;
  #indications: (() => void)[] = [];

  constructor(user: UpperLayerUser, artim: ArtimOptions, connect: () => Transport, request?: AssociateRequest) {
    this.#user = user;
    this.#artim = artim;
    this.#connect = connect;
    this.#request = request;
    this.requestor = request !== undefined;
  }

  /** Indications go out once the machine is in its next state, so that the user may answer at once. */
  flush(): void {
    while (this.#indications.length > 0) this.#indications.shift()!();
  }

  connect(): void {
    this.transport = this.#connect();
  }
  sendAssociateRequest(): void {
    this.#send(writeAssociateRequest(this.#request!));
  }
  sendAssociateAccept(accept: AssociateAccept): void {
    this.#send(writeAssociateAccept(accept));
  }
  sendAssociateReject(reject: AssociateReject): void {
    this.#send(writeReject(reject));
  }
  sendData(parts: Uint8Array[]): void {
    this.transport?.write(parts);
  }
  sendReleaseRequest(): void {
    this.#send(writeReleaseRequest());
  }
  sendReleaseReply(): void {
    this.#send(writeReleaseReply());
  }
  sendAbort(abort: Abort): void {
    this.#send(writeAbort(abort));
  }
  closeTransport(): void {
    this.transport?.close();
  }
  /** When this process itself was held up, what the peer has long since sent is read before the timer expires. */
  startArtim(): void {
    const { timers, artim, expired } = this.#artim;
    this.stopArtim();
    this.#cancelArtim = timers.after(artim, () => {
      this.#cancelArtim = timers.after(lookAgain, expired);
    });
  }
  stopArtim(): void {
    this.#cancelArtim?.();
    this.#cancelArtim = undefined;
  }
  refusal(request: AssociateRequest): AssociateReject | undefined {
    return this.#user.refusal(request);
  }
  associateIndication(request: AssociateRequest): void {
    this.#indications.push(() => this.#user.associateIndication(request));
  }
  associateConfirm(accept: AssociateAccept): void {
    this.#indications.push(() => this.#user.associateConfirm(accept));
  }
  rejectConfirm(reject: AssociateReject): void {
    this.#indications.push(() => this.#user.rejectConfirm(reject));
  }
  /** The values follow, fragment by fragment. */
  dataIndication(): void {}
  releaseIndication(): void {
    this.#indications.push(() => this.#user.releaseIndication());
  }
  releaseConfirm(): void {
    this.#indications.push(() => this.#user.releaseConfirm());
  }
  abortIndication(abort: Abort): void {
    this.#indications.push(() => this.#user.abortIndication(abort));
  }

  #send(pdu: Uint8Array): void {
    this.transport?.write([pdu]);
  }
}
