/** Stores through a running server: one STOW-RS request (PS3.18 10.5) per object, streamed. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { type ByteSink, type ErrorCode, errorCodes, HoldfastError } from "../../../core/index.ts";
import type { StoreOutcome } from "../../types.ts";
import type { Intake } from "./run.ts";

/** PS3.18 I.2: what a STOW response says, DICOM JSON. */
interface StowResponse {
  "00081199"?: { Value?: Item[] };
  "00081198"?: { Value?: Item[] };
  "0008119A"?: { Value?: Item[] };
}
type Item = Record<string, { Value?: (string | number)[] } | undefined>;

const largestResponse = 1024 * 1024;

/** `url` is the server's address or that of its DICOMweb service; `token` an API key, where it asks for one. */
export function stowIntake(url: URL, boundary: string, token?: string): Intake {
  const target = new URL(url);
  if (!/\/dicom-web\/?$/.test(target.pathname)) target.pathname = `${target.pathname.replace(/\/$/, "")}/dicom-web`;
  target.pathname = `${target.pathname.replace(/\/$/, "")}/studies`;
  return (hint) => new StowSink(target, boundary, hint.size, token);
}

class StowSink implements ByteSink<StoreOutcome> {
  readonly #request: ClientRequest;
  readonly #response: Promise<IncomingMessage>;
  readonly #tail: string;
  #size = 0;

  constructor(url: URL, boundary: string, size: number | undefined, token?: string) {
    const head = `--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`;
    this.#tail = `\r\n--${boundary}--\r\n`;
    this.#request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, {
      method: "POST",
      headers: {
        "content-type": `multipart/related; type="application/dicom"; boundary=${boundary}`,
        accept: "application/dicom+json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(size === undefined ? {} : { "content-length": head.length + size + this.#tail.length }),
      },
    });
    this.#response = new Promise((resolve, reject) => {
      this.#request.once("response", resolve);
      this.#request.on("error", (cause: NodeJS.ErrnoException) =>
        reject(new HoldfastError("association/connect", `${url.origin} (${cause.code ?? cause.message}).`, { cause })),
      );
    });
    this.#response.catch(() => {});
    this.#request.write(head);
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#size += chunk.length;
    // The request keeps the chunk after this returns, the caller reuses it: hence a copy.
    if (this.#request.write(Uint8Array.from(chunk))) return;
    await Promise.race([new Promise((resolve) => this.#request.once("drain", resolve)), this.#response]);
  }

  async end(): Promise<StoreOutcome> {
    this.#request.end(this.#tail);
    const response = await this.#response;
    const text = await readText(response);
    const status = response.statusCode ?? 0;
    if (status >= 500 || status === 401 || status === 403) throw refusalOf(status, text);
    return outcomeOf(status, text, this.#size);
  }

  abort(): void {
    this.#request.destroy();
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestResponse) throw new HoldfastError("request/too-large", "The server's answer is too long.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The server as a whole refuses: the next file would fare no better. */
function refusalOf(status: number, text: string): HoldfastError {
  const fallback = status === 503 ? "request/busy" : status === 507 ? "storage/full" : "request/denied";
  return new HoldfastError(problemCode(text) ?? fallback, `The server answered ${status}.`);
}

function outcomeOf(status: number, text: string, bytes: number): StoreOutcome {
  const parsed = parse(text) as StowResponse;
  const stored = parsed["00081199"]?.Value?.[0];
  if (stored) {
    return {
      ok: true,
      outcome: "created",
      studyUid: /\/studies\/([0-9.]+)/.exec(text)?.[1] ?? "",
      seriesUid: /\/series\/([0-9.]+)/.exec(text)?.[1] ?? "",
      sopClassUid: value(stored, "00081150"),
      sopInstanceUid: value(stored, "00081155"),
      version: 1,
      bytes,
      warnings: [],
    };
  }
  const failed = (parsed["00081198"] ?? parsed["0008119A"])?.Value?.[0];
  const reason = Number(failed?.["00081197"]?.Value?.[0] ?? 0);
  const detail = reason ? `Failure reason ${reason.toString(16).toUpperCase().padStart(4, "0")}.` : `Status ${status}.`;
  const code = problemCode(text) ?? statedCode(failed);
  return { ok: false, code: code ?? "object/element", ...(code ? {} : { detail }), quarantined: false };
}

/** The stable code that a server of ours adds to a failed item, in its private block. */
function statedCode(failed: Item | undefined): ErrorCode | undefined {
  const code = failed && value(failed, "00090010") === "HOLDFAST" ? value(failed, "00091001") : "";
  return code in errorCodes ? (code as ErrorCode) : undefined;
}

function value(item: Item, tag: string): string {
  return String(item[tag]?.Value?.[0] ?? "");
}

/** The stable code in a problem document (RFC 9457), when the server is one of ours. */
function problemCode(text: string): ErrorCode | undefined {
  const code = (parse(text) as { code?: string }).code;
  return code !== undefined && code in errorCodes ? (code as ErrorCode) : undefined;
}

function parse(text: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}
