/** Passkeys: W3C Web Authentication Level 3, with discoverable credentials and verification of the user. */
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { type Clock, HoldfastError } from "../core/index.ts";
import { Pending } from "./pending.ts";

/** What is kept of one: nothing of it is secret. */
export interface Passkey {
  /** base64url, as the browser names it. */
  id: string;
  /** COSE key, base64url. */
  publicKey: string;
  /** Of signatures made; one that goes back betrays a copy. */
  counter: number;
  createdAt: number;
  /** Principals behind whoever made it. */
  by?: string[];
}

/** The site as browsers see it. */
export interface Site {
  /** Scheme, host and port. */
  origin: string;
  /** The host alone: what a passkey belongs to. */
  host: string;
}

const patience = 5 * 60_000; // ms

export class Passkeys {
  readonly #clock: Clock;
  /** Challenges that are out, with whom they were given to: each counts once. */
  readonly #challenges: Pending<string>;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#challenges = new Pending(clock, patience);
  }

  async creation(
    name: string,
    known: readonly Passkey[],
    site: Site,
    address: string,
  ): Promise<PublicKeyCredentialCreationOptionsJSON> {
    const options = await generateRegistrationOptions({
      rpName: "Holdfast",
      rpID: site.host,
      userName: name,
      userID: new Uint8Array(Buffer.from(name)),
      attestationType: "none",
      excludeCredentials: known.map(({ id }) => ({ id })),
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
    });
    this.#challenges.put(options.challenge, `create ${name}`, address);
    return options;
  }

  /** @throws HoldfastError gate/unauthenticated */
  async created(name: string, response: unknown, site: Site): Promise<Passkey> {
    const verified = await verifyRegistrationResponse({
      response: response as RegistrationResponseJSON,
      expectedChallenge: (challenge) => this.#challenges.take(challenge) === `create ${name}`,
      expectedOrigin: site.origin,
      expectedRPID: site.host,
      requireUserVerification: true,
    }).catch(refuse);
    if (!verified.verified) return refuse();
    const { id, publicKey, counter } = verified.registrationInfo.credential;
    return { id, publicKey: Buffer.from(publicKey).toString("base64url"), counter, createdAt: this.#clock() };
  }

  async request(site: Site, address: string): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const options = await generateAuthenticationOptions({ rpID: site.host, userVerification: "required" });
    this.#challenges.put(options.challenge, "login", address);
    return options;
  }

  /** The passkey with its counter as it is now. @throws HoldfastError gate/unauthenticated */
  async proved(passkey: Passkey, response: unknown, site: Site): Promise<Passkey> {
    const verified = await verifyAuthenticationResponse({
      response: response as AuthenticationResponseJSON,
      expectedChallenge: (challenge) => this.#challenges.take(challenge) === "login",
      expectedOrigin: site.origin,
      expectedRPID: site.host,
      requireUserVerification: true,
      credential: {
        id: passkey.id,
        publicKey: new Uint8Array(Buffer.from(passkey.publicKey, "base64url")),
        counter: passkey.counter,
      },
    }).catch(refuse);
    if (!verified.verified) return refuse();
    return { ...passkey, counter: verified.authenticationInfo.newCounter };
  }
}

function refuse(cause?: unknown): never {
  throw new HoldfastError("gate/unauthenticated", undefined, { cause });
}
