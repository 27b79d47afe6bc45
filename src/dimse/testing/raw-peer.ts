import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type Command, readCommand, writeCommand } from "../message/index.ts";
import {
  type AssociateRequest,
  applicationContextName,
  type ControlPdu,
  commandFragment,
  dataHeaderLength,
  lastFragment,
  PduReader,
  type ProposedContext,
  writeAssociateRequest,
  writeDataHeader,
} from "../pdu/index.ts";

/** What a {@link RawPeer} hears: a PDU, a command, or the end of the connection. */
export type Heard = ControlPdu | { type: "command"; contextId: number; command: Command } | { type: "closed" };

/** A peer that may say anything, in or out of turn: for tests of what a server answers. */
export class RawPeer {
  readonly socket: Socket;
  readonly heard: Heard[] = [];
  #wake = (): void => {};
  #command: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    const reader = new PduReader(
      {
        control: (pdu) => this.#hear(pdu),
        dataHeader: () => {},
        fragment: (contextId, command, last, bytes) => this.#fragment(contextId, command, last, bytes),
        invalid: (error) => this.socket.destroy(error),
      },
      { maximumLength: 0xffffffff, associateLength: 1 << 20 },
    );
    socket.on("data", (chunk: Buffer) => void reader.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => this.#hear({ type: "closed" }));
  }

  static async connect(port: number, host = "127.0.0.1"): Promise<RawPeer> {
    const socket = connect({ host, port, noDelay: true });
    const peer = new RawPeer(socket);
    await once(socket, "connect");
    return peer;
  }

  /** Connects and asks for an association; the answer is the first thing heard. */
  static async associate(port: number, request: Partial<AssociateRequest> = {}): Promise<RawPeer> {
    const peer = await RawPeer.connect(port);
    peer.send(writeAssociateRequest(associateRequest(request)));
    return peer;
  }

  /** The same, accepted. */
  static async open(port: number): Promise<RawPeer> {
    const peer = await RawPeer.associate(port);
    const { type } = await peer.next();
    if (type !== "associate-accept") throw new Error(`the association was answered with ${type}`);
    return peer;
  }

  send(bytes: Uint8Array): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  /** A message in one PDU per command and data set. */
  message(contextId: number, command: Command, dataSet?: Uint8Array): void {
    this.send(dataPdu(contextId, commandFragment | lastFragment, writeCommand(command)));
    if (dataSet) this.send(dataPdu(contextId, lastFragment, dataSet));
  }

  /** The next thing heard, within a generous time. */
  async next(): Promise<Heard> {
    while (this.heard.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.heard.shift()!;
  }

  close(): void {
    this.socket.destroy();
  }

  #fragment(contextId: number, command: boolean, last: boolean, bytes: Uint8Array): undefined {
    if (!command) return;
    this.#command = Buffer.concat([this.#command, bytes]);
    if (!last) return;
    this.#hear({ type: "command", contextId, command: readCommand(this.#command) });
    this.#command = Buffer.alloc(0);
  }

  #hear(heard: Heard): void {
    this.heard.push(heard);
    this.#wake();
  }
}

export function dataPdu(contextId: number, control: number, value: Uint8Array): Buffer {
  const header = Buffer.alloc(dataHeaderLength);
  writeDataHeader(header, contextId, control, value.length);
  return Buffer.concat([header, value]);
}

const verification = "1.2.840.10008.1.1";
const ctImageStorage = "1.2.840.10008.5.1.4.1.1.2";
const implicit = "1.2.840.10008.1.2";
const explicit = "1.2.840.10008.1.2.1";

/** Context 1 is Verification, context 3 CT Image Storage. */
export const contexts: ProposedContext[] = [
  { id: 1, abstractSyntax: verification, transferSyntaxes: [implicit] },
  { id: 3, abstractSyntax: ctImageStorage, transferSyntaxes: [explicit, implicit] },
];

/** What `associate` needs to ask for the same contexts in good order. */
export const targetOf = (port: number) => ({
  host: "127.0.0.1",
  port,
  calledAeTitle: "ARCHIVE",
  callingAeTitle: "PEER",
  contexts: contexts.map(({ abstractSyntax, transferSyntaxes }) => ({ abstractSyntax, transferSyntaxes })),
});

export function associateRequest(changes: Partial<AssociateRequest> = {}): AssociateRequest {
  return {
    protocolVersion: 1,
    calledAeTitle: "ARCHIVE",
    callingAeTitle: "PEER",
    applicationContext: applicationContextName,
    contexts,
    userInformation: {
      maximumLength: 16_384,
      implementationClassUid: "1.2.3",
      roles: [],
      extended: [],
      commonExtended: [],
    },
    ...changes,
  };
}

export const echoRequest = (messageId = 1): Command => ({
  commandField: 0x30,
  messageId,
  affectedSopClassUid: verification,
  hasDataSet: false,
});

export const storeRequest = (messageId = 1): Command => ({
  commandField: 0x01,
  messageId,
  affectedSopClassUid: ctImageStorage,
  affectedSopInstanceUid: `1.2.3.${messageId}`,
  priority: 0,
  hasDataSet: true,
});
