/** Logins by the clinic's identity provider: OpenID Connect, authorization code with PKCE (RFC 7636). */
import * as client from "openid-client";
import { type Clock, HoldfastError } from "../core/index.ts";
import { Pending } from "./pending.ts";
import { defaultTenant, type Principal, type Role } from "./principal.ts";
import { sameText } from "./sessions.ts";

export interface OidcOptions {
  issuer: string;
  clientId: string;
  clientSecret?: string;
  /** Where the provider sends the browser back to. */
  redirectUrl: string;
  scope: string;
  /** The claim that lists groups or roles; dots lead into objects. */
  claim: string;
  /** Which role a value of the claim gives, and in which tenant. */
  roles: readonly { value: string; role: Role; tenant?: string }[];
}

interface Begun {
  verifier: string;
  nonce: string;
  binding: string;
}

/** ms between leaving for the provider and coming back. */
const patience = 10 * 60_000;

export class OidcLogin {
  readonly #options: OidcOptions;
  readonly #clock: Clock;
  readonly #pending: Pending<Begun>;
  #provider: Promise<client.Configuration> | undefined;

  constructor(options: OidcOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#pending = new Pending(clock, patience);
  }

  /** Where to send the browser; `binding` goes into a cookie, so that the answer counts in this browser alone. */
  async begin(address: string): Promise<{ url: string; binding: string }> {
    const provider = await this.#discovered();
    const [verifier, state, nonce, binding] = [
      client.randomPKCECodeVerifier(),
      client.randomState(),
      client.randomNonce(),
      client.randomState(),
    ];
    const { redirectUrl, scope } = this.#options;
    const url = client.buildAuthorizationUrl(provider, {
      redirect_uri: redirectUrl,
      scope,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
    });
    this.#pending.put(state, { verifier, nonce, binding }, address);
    return { url: url.href, binding };
  }

  /**
   * The principal behind the provider's answer. Each answer counts once.
   * @throws HoldfastError gate/unauthenticated, gate/role when no claim gives a role
   */
  async complete(query: string, binding: string): Promise<Principal> {
    const state = new URLSearchParams(query).get("state") ?? "";
    const pending = this.#pending.take(state);
    if (!pending || !sameText(pending.binding, binding))
      throw new HoldfastError("gate/unauthenticated", "This login was not begun here, or took too long.");
    const provider = await this.#discovered();
    const url = new URL(`?${query}`, this.#options.redirectUrl);
    const checks = { pkceCodeVerifier: pending.verifier, expectedNonce: pending.nonce, expectedState: state };
    const tokens = await client
      .authorizationCodeGrant(provider, url, { ...checks, idTokenExpected: true })
      .catch((cause) => {
        throw new HoldfastError("gate/unauthenticated", "The identity provider's answer does not hold.", { cause });
      });
    return this.#principalOf(tokens.claims() as Record<string, unknown>);
  }

  #principalOf(claims: Record<string, unknown>): Principal {
    const named = this.#options.claim
      .split(".")
      .reduce<unknown>((at, part) => (at as Record<string, unknown>)?.[part], claims);
    const values = new Set([named].flat().filter((value) => typeof value === "string"));
    const given = this.#options.roles.filter(({ value }) => values.has(value));
    const tenant = given[0]?.tenant ?? defaultTenant;
    if (given.length === 0) throw new HoldfastError("gate/role", "The identity provider gives no role here.");
    return {
      id: `oidc:${claims["sub"]}`,
      kind: "person",
      name: String(claims["name"] ?? claims["preferred_username"] ?? claims["sub"]).slice(0, 128),
      // Roles of one tenant only: nobody acts in two at once.
      roles: given.filter((each) => (each.tenant ?? defaultTenant) === tenant).map(({ role }) => role),
      tenant,
      method: "oidc",
      authenticatedAt: this.#clock(),
    };
  }

  /** Asked when first needed, and again after a failure: the archive starts without the provider. */
  #discovered(): Promise<client.Configuration> {
    this.#provider ??= this.#discover().catch((cause) => {
      this.#provider = undefined;
      throw new HoldfastError("association/connect", "The identity provider does not answer.", { cause });
    });
    return this.#provider;
  }

  #discover(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#options;
    const url = new URL(issuer);
    const loopback = url.protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
    const execute = loopback ? [client.allowInsecureRequests] : [];
    const authentication = clientSecret === undefined ? client.None() : client.ClientSecretBasic(clientSecret);
    return client.discovery(url, clientId, {}, authentication, { execute, timeout: 10 });
  }
}
