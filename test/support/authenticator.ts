/** A passkey authenticator in software: W3C WebAuthn Level 2, ES256, attestation "none". It signs whatever it is told to. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isoCBOR } from "@simplewebauthn/server/helpers";

export interface Ceremony {
  challenge: string;
  /** Of the page that asks, e.g. `https://archive.example`. */
  origin: string;
  /** The site that the passkey belongs to, e.g. `archive.example`. */
  rpId: string;
  /** The person was verified by finger or PIN. */
  isVerified?: boolean;
  /** As the authenticator counts; one that goes back is a copy's. */
  counter?: number;
}

const sha256 = (bytes: string | Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

export class SoftwareAuthenticator {
  readonly id = randomBytes(16);
  readonly #keys = generateKeyPairSync("ec", { namedCurve: "P-256" });

  /** The answer of `navigator.credentials.create`. */
  create(ceremony: Ceremony) {
    const client = clientData("webauthn.create", ceremony);
    const length = Buffer.from([0, this.id.length]);
    const credential = Buffer.concat([Buffer.alloc(16), length, this.id, coseKey(this.#keys.publicKey)]);
    const authData = Buffer.concat([authenticatorData(ceremony, 0x40), credential]);
    const attestation = new Map<string, unknown>([
      ["fmt", "none"],
      ["attStmt", new Map()],
      ["authData", new Uint8Array(authData)],
    ]);
    const attestationObject = Buffer.from(isoCBOR.encode(attestation as never)).toString("base64url");
    return this.#answer({ clientDataJSON: client.toString("base64url"), attestationObject, transports: [] });
  }

  /** The answer of `navigator.credentials.get`. */
  get(ceremony: Ceremony) {
    const client = clientData("webauthn.get", ceremony);
    const data = authenticatorData(ceremony, 0);
    const signature = sign("sha256", Buffer.concat([data, sha256(client)]), this.#keys.privateKey);
    return this.#answer({
      clientDataJSON: client.toString("base64url"),
      authenticatorData: data.toString("base64url"),
      signature: signature.toString("base64url"),
    });
  }

  #answer<T>(response: T) {
    const id = this.id.toString("base64url");
    return { id, rawId: id, type: "public-key", clientExtensionResults: {}, response };
  }
}

const clientData = (type: string, { challenge, origin }: Ceremony): Buffer =>
  Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));

/** WebAuthn 6.1: hash of the site, flags, counter. */
function authenticatorData({ rpId, isVerified = true, counter = 1 }: Ceremony, flags: number): Buffer {
  const rest = Buffer.alloc(5);
  rest[0] = flags | 0x01 | (isVerified ? 0x04 : 0);
  rest.writeUInt32BE(counter, 1);
  return Buffer.concat([sha256(rpId), rest]);
}

/** RFC 9053 7.1.1. */
function coseKey(key: KeyObject): Buffer {
  const { x, y } = key.export({ format: "jwk" });
  const map = new Map<number, unknown>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, new Uint8Array(Buffer.from(x!, "base64url"))],
    [-3, new Uint8Array(Buffer.from(y!, "base64url"))],
  ]);
  return Buffer.from(isoCBOR.encode(map as never));
}
