/** Webhooks: a POST a message, signed, with the address checked at each connection. Redirects are not followed. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { lookup } from "node:dns";
import { request as requestHttp } from "node:http";
import { Agent, request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { type Clock, HoldfastError } from "../../core/index.ts";
import { isPublicAddress, publicLookup } from "./address-guard.ts";
import { type Sender, summaryOf } from "./bodies.ts";
import type { Destination } from "./destination.ts";
import { detectionFinding } from "./ocsf.ts";

export interface WebhookOptions {
  url: string;
  /** At least 16 bytes. */
  secret: Uint8Array;
  /** The receiver may be on this machine or network, and may speak HTTP without TLS. */
  allowPrivate?: boolean;
  /** PEM; absent: the system's authorities. */
  ca?: Buffer;
  /** How names become addresses; absent: the system's way. */
  resolve?: typeof lookup;
}

/** For the whole exchange, ms. */
const patience = 10_000;
const leastSecret = 16;
const signatureHeader = "holdfast-signature";

/** @throws HoldfastError config/invalid */
export function webhookDestination(options: WebhookOptions, sender: Sender, clock: Clock): Destination {
  const url = new URL(options.url);
  if (options.secret.length < leastSecret)
    throw new HoldfastError("config/invalid", `A webhook's secret has at least ${leastSecret} bytes.`);
  if (url.username || url.password || !["http:", "https:"].includes(url.protocol))
    throw new HoldfastError("config/invalid", "A webhook is an http or https address without a password.");
  if (url.protocol !== "https:" && !options.allowPrivate)
    throw new HoldfastError("config/invalid", "A webhook on the public network needs https.");
  return {
    send(happening) {
      const summary = summaryOf(happening);
      const body = Buffer.from(JSON.stringify(detectionFinding(summary, sender)));
      const seconds = Math.floor(clock() / 1000);
      return post(url, options, body, {
        "content-type": "application/json",
        "user-agent": `holdfast/${sender.version}`,
        "holdfast-event-id": String(summary.seq),
        [signatureHeader]: signatureOf(body, options.secret, seconds),
      });
    },
    close() {},
  };
}

/** `t=SECONDS,v1=HEX`: HMAC-SHA256 over the seconds since 1970, a full stop, and the body. */
export function signatureOf(body: Uint8Array, secret: Uint8Array, seconds: number): string {
  return `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.`).update(body).digest("hex")}`;
}

/** What a receiver does. `tolerance`: seconds that the clocks may differ, which also bounds replay. */
export function isSignedBy(
  header: string,
  body: Uint8Array,
  secret: Uint8Array,
  seconds: number,
  tolerance = 300,
): boolean {
  const stated = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header);
  if (!stated || Math.abs(Number(stated[1]) - seconds) > tolerance) return false;
  const expected = signatureOf(body, secret, Number(stated[1]));
  return timingSafeEqual(Buffer.from(expected), Buffer.from(header));
}

function post(
  url: URL,
  { allowPrivate, ca, resolve: resolver = lookup }: WebhookOptions,
  body: Buffer,
  headers: Record<string, string>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
    if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host))
      return reject(new HoldfastError("request/denied", "The webhook's address is not public."));
    const common = {
      method: "POST",
      headers: { ...headers, "content-length": String(body.length) },
      signal: AbortSignal.timeout(patience),
      ...(allowPrivate ? {} : { lookup: publicLookup(resolver) }),
    };
    // A new connection each time: an old one would be to an address that was checked long ago.
    const request =
      url.protocol === "https:"
        ? requestHttps(url, { ...common, agent: new Agent({ keepAlive: false, ...(ca ? { ca } : {}) }) })
        : requestHttp(url, { ...common, agent: false });
    request.once("error", reject);
    request.once("response", (response) => {
      const { statusCode = 0 } = response;
      response.once("error", reject);
      response.resume();
      response.once("end", () => {
        if (statusCode >= 200 && statusCode < 300) resolve();
        else reject(new HoldfastError("request/conflict", `The webhook answered ${statusCode}.`));
      });
    });
    request.end(body);
  });
}
