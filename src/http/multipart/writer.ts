import { randomUUID } from "node:crypto";

/** A fresh boundary that no stored object can foresee. */
export function randomBoundary(): string {
  return `holdfast-${randomUUID()}`;
}

/** Makes the pieces between the parts of a multipart/related response (RFC 2387, PS3.18 8.6.1.2). */
export class MultipartWriter {
  readonly boundary: string;
  readonly contentType: string;
  #first = true;

  /** `type` is the media type of the root part, which the `type` parameter names. */
  constructor(boundary: string, type: string) {
    this.boundary = boundary;
    this.contentType = `multipart/related; type="${type}"; boundary=${boundary}`;
  }

  /** The delimiter and header fields that begin a part. */
  begin(contentType: string, location?: string, length?: number): Buffer {
    const lead = this.#first ? "--" : "\r\n--";
    this.#first = false;
    let head = `${lead}${this.boundary}\r\nContent-Type: ${contentType}\r\n`;
    if (location !== undefined) head += `Content-Location: ${location}\r\n`;
    if (length !== undefined) head += `Content-Length: ${length}\r\n`;
    return Buffer.from(`${head}\r\n`, "latin1");
  }

  /** The closing delimiter. */
  end(): Buffer {
    return Buffer.from(`\r\n--${this.boundary}--\r\n`, "latin1");
  }
}
