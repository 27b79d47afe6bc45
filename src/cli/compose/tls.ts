/** TLS as the BCP 195 profile of PS3.15 B.9 asks: 1.2 at least, forward secrecy, authenticated encryption only. */
import { readFileSync } from "node:fs";
import type { ConnectionOptions, TlsOptions } from "node:tls";
import { HoldfastError } from "../../core/index.ts";
import type { PeerConfig, TlsConfig } from "../config/index.ts";

const profile = {
  minVersion: "TLSv1.2",
  honorCipherOrder: true,
  ciphers: [
    "TLS_AES_256_GCM_SHA384",
    "TLS_AES_128_GCM_SHA256",
    "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
  ].join(":"),
} as const;

/** @throws HoldfastError config/invalid when a file cannot be read. */
export function listenerTls(tls: TlsConfig): TlsOptions {
  return {
    ...profile,
    cert: read(tls.cert),
    key: read(tls.key),
    ...(tls.ca === undefined ? {} : { ca: read(tls.ca) }),
    requestCert: tls.clientCertificates !== "none",
    rejectUnauthorized: tls.clientCertificates === "required",
  };
}

/** How to reach a peer. */
export function peerTls(tls: NonNullable<PeerConfig["tls"]>): ConnectionOptions {
  return {
    ...profile,
    ...(tls.ca === undefined ? {} : { ca: read(tls.ca) }),
    ...(tls.cert === undefined ? {} : { cert: read(tls.cert) }),
    ...(tls.key === undefined ? {} : { key: read(tls.key) }),
  };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new HoldfastError("config/invalid", `${path} cannot be read.`, { cause });
  }
}
