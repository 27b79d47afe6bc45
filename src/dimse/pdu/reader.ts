import { fixedBodyLength, hasFixedBody, readControlPdu } from "./control.ts";
import { commandFragment, lastFragment } from "./data.ts";
import { aborts, PduError } from "./reasons.ts";
import { type ControlPdu, pduTypes } from "./types.ts";

/** What a {@link PduReader} tells about the bytes it is given. */
export interface PduListener {
  /** A whole PDU other than P-DATA-TF. */
  control(pdu: ControlPdu): void;
  /** The header of a P-DATA-TF PDU has arrived. */
  dataHeader(): void;
  /**
   * Part of a message as it arrives; `last` ends the command or the data set. A promise is back-pressure.
   * The bytes are valid until the next call only.
   */
  fragment(contextId: number, command: boolean, last: boolean, bytes: Uint8Array): Promise<void> | undefined;
  /** The bytes are not the upper layer protocol; nothing further is read. */
  invalid(error: PduError): void;
}

export interface PduLimits {
  /** Largest P-DATA-TF body we take: what we offered. */
  maximumLength: number;
  /** Largest A-ASSOCIATE body. */
  associateLength: number;
}

const headerLength = 6;
const nothing = Buffer.alloc(0);

/**
 * Reads PDUs from a byte stream in any chunking. P-DATA-TF values are handed on as they come, never gathered;
 * other PDUs are gathered up to a limit that is checked before the first byte of the body is kept.
 */
export class PduReader {
  readonly #listener: PduListener;
  readonly #limits: PduLimits;
  readonly #header = Buffer.alloc(headerLength);
  #headerFilled = 0;
  #phase: "pdu" | "body" | "pdv" | "fragment" | "closed" = "pdu";
  #type = 0;
  /** Bytes of the present PDU still to come. */
  #pduLeft = 0;
  #body = nothing;
  #bodyFilled = 0;
  #contextId = 0;
  #control = 0;
  /** Bytes of the present PDV still to come. */
  #pdvLeft = 0;
  #chunk: Buffer = nothing;
  #at = 0;

  constructor(listener: PduListener, limits: PduLimits) {
    this.#listener = listener;
    this.#limits = limits;
  }

  /** Takes the next bytes; call again only when the returned promise, if any, has resolved. */
  push(chunk: Buffer): Promise<void> | undefined {
    this.#chunk = chunk;
    this.#at = 0;
    return this.#run();
  }

  /** Reads nothing more: what is left of the present chunk is dropped, too. */
  close(): void {
    this.#phase = "closed";
    this.#body = nothing;
    this.#chunk = nothing;
    this.#at = 0;
    this.#headerFilled = 0;
  }

  #run(): Promise<void> | undefined {
    while (this.#at < this.#chunk.length && this.#phase !== "closed") {
      try {
        const wait = this.#step();
        if (wait) return wait.then(() => this.#run());
      } catch (error) {
        if (!(error instanceof PduError)) throw error;
        this.close();
        this.#listener.invalid(error);
      }
    }
    return undefined;
  }

  #step(): Promise<void> | undefined {
    if (this.#phase === "fragment") return this.#fragment();
    if (this.#phase === "body") this.#gather();
    else if (this.#fillHeader()) return this.#phase === "pdu" ? this.#beginPdu() : this.#beginPdv();
    return undefined;
  }

  #fillHeader(): boolean {
    const count = Math.min(headerLength - this.#headerFilled, this.#chunk.length - this.#at);
    this.#chunk.copy(this.#header, this.#headerFilled, this.#at, this.#at + count);
    this.#at += count;
    this.#headerFilled += count;
    if (this.#headerFilled < headerLength) return false;
    this.#headerFilled = 0;
    return true;
  }

  #beginPdu(): undefined {
    this.#type = this.#header[0]!;
    this.#pduLeft = this.#header.readUInt32BE(2);
    if (this.#type === pduTypes.data) this.#beginData();
    else this.#beginBody();
  }

  #beginData(): void {
    if (this.#pduLeft > this.#limits.maximumLength) {
      throw new PduError(aborts.invalidParameter, "a P-DATA-TF PDU is longer than the negotiated maximum");
    }
    if (this.#pduLeft < headerLength) {
      throw new PduError(aborts.invalidParameter, "a P-DATA-TF PDU has no presentation data value");
    }
    this.#listener.dataHeader();
    if (this.#phase !== "closed") this.#phase = "pdv";
  }

  #beginBody(): void {
    const type = this.#type;
    if (type < pduTypes.associateRequest || type > pduTypes.abort) {
      throw new PduError(aborts.unrecognizedPdu, "the PDU type is not known");
    }
    if (hasFixedBody(type) ? this.#pduLeft !== fixedBodyLength : this.#pduLeft > this.#limits.associateLength) {
      throw new PduError(aborts.invalidParameter, "a PDU states a length it cannot have");
    }
    this.#body = nothing;
    this.#bodyFilled = 0;
    this.#phase = "body";
    if (this.#pduLeft === 0) this.#endBody();
  }

  #gather(): void {
    const count = Math.min(this.#pduLeft, this.#chunk.length - this.#at);
    if (this.#bodyFilled + count > this.#body.length) this.#growBody(this.#bodyFilled + count);
    this.#chunk.copy(this.#body, this.#bodyFilled, this.#at, this.#at + count);
    this.#at += count;
    this.#bodyFilled += count;
    this.#pduLeft -= count;
    if (this.#pduLeft === 0) this.#endBody();
  }

  /** Doubles, so that memory follows what has arrived, not what was announced. */
  #growBody(needed: number): void {
    const grown = Buffer.alloc(Math.max(needed, this.#body.length * 2, 1024));
    this.#body.copy(grown, 0, 0, this.#bodyFilled);
    this.#body = grown;
  }

  #endBody(): void {
    const body = this.#body.subarray(0, this.#bodyFilled);
    this.#phase = "pdu";
    this.#body = nothing;
    this.#listener.control(readControlPdu(this.#type, body));
  }

  #beginPdv(): Promise<void> | undefined {
    const length = this.#header.readUInt32BE(0);
    this.#pduLeft -= headerLength;
    this.#pdvLeft = length - 2;
    if (length < 2 || this.#pdvLeft > this.#pduLeft) {
      throw new PduError(aborts.invalidParameter, "a presentation data value does not fit its PDU");
    }
    this.#contextId = this.#header[4]!;
    this.#control = this.#header[5]!;
    this.#phase = "fragment";
    // A PDV of no bytes is whole with its header.
    return this.#pdvLeft === 0 ? this.#fragment() : undefined;
  }

  #fragment(): Promise<void> | undefined {
    const count = Math.min(this.#pdvLeft, this.#chunk.length - this.#at);
    const bytes = this.#chunk.subarray(this.#at, this.#at + count);
    this.#at += count;
    this.#pdvLeft -= count;
    this.#pduLeft -= count;
    const whole = this.#pdvLeft === 0;
    if (whole) this.#endPdv();
    if (count === 0 && (this.#control & lastFragment) === 0) return undefined;
    const command = (this.#control & commandFragment) !== 0;
    const last = whole && (this.#control & lastFragment) !== 0;
    return this.#listener.fragment(this.#contextId, command, last, bytes);
  }

  #endPdv(): void {
    if (this.#pduLeft === 0) this.#phase = "pdu";
    else if (this.#pduLeft >= headerLength) this.#phase = "pdv";
    else throw new PduError(aborts.invalidParameter, "a P-DATA-TF PDU ends within a presentation data value");
  }
}
