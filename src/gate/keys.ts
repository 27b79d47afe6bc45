/** Programs: scoped, expiring keys, of which only a hash is kept, or a client certificate in the place of one. */
import { createHash, timingSafeEqual } from "node:crypto";
import { type Clock, HoldfastError } from "../core/index.ts";
import { AddressSet } from "./addresses.ts";
import { anybody, type Secrets } from "./persons.ts";
import { type Action, mayRole, rolePolicy } from "./policy/index.ts";
import { type Principal, personRoles, type Role, tenantPattern } from "./principal.ts";
import type { Change, Registry } from "./registry.ts";
import type { RandomBytes } from "./secrets/password.ts";
import type { Tenants } from "./tenants.ts";

export interface KeyRecord {
  id: string;
  name: string;
  /** `service`, unless it administers. */
  role: Role;
  scopes: Action[];
  tenant: string;
  vendor?: string;
  addresses?: string[];
  /** ms since 1970. */
  createdAt: number;
  expiresAt: number;
  /** SHA-256 of the secret, hex: it has 256 random bits, so that no slower hash is needed. */
  hash?: string;
  /** SHA-256 of a client certificate, hex: mutual TLS. */
  certificate?: string;
  /** Principals behind whoever was told the secret last, or named the certificate. */
  secretBy?: string[];
  /** When that was; absent: when the key was made. */
  secretAt?: number;
}

export type KeyFacts = Omit<KeyRecord, "hash" | "secretBy" | "secretAt">;
export type NewKey = Omit<KeyFacts, "id" | "createdAt">;

const prefix = "hf";
const longestLife = 400 * 24 * 3_600_000; // ms

export class ApiKeys {
  readonly #registry: Registry<KeyRecord>;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #tenants: Tenants;
  readonly #behind: (principal: Principal) => string[];
  /** By fingerprint. */
  readonly #certificates = new Map<string, string>();

  constructor(
    registry: Registry<KeyRecord>,
    clock: Clock,
    random: RandomBytes,
    behind: (principal: Principal) => string[],
    tenants: Tenants,
  ) {
    this.#tenants = tenants;
    this.#registry = registry;
    const note = (id: string): void => {
      const certificate = registry.get(id)?.certificate;
      if (certificate !== undefined) this.#certificates.set(certificate, id);
    };
    registry.onChange(note);
    for (const [id] of registry.all()) note(id);
    this.#clock = clock;
    this.#random = random;
    this.#behind = behind;
  }

  get size(): number {
    return this.#registry.size;
  }

  all(): KeyFacts[] {
    return this.#registry.all().map(([, { hash: _, secretBy: __, secretAt: ___, ...facts }]) => facts);
  }

  get(id: string): KeyFacts | undefined {
    return this.all().find((key) => key.id === id);
  }

  /** The token is told this once. @throws HoldfastError request/invalid */
  async add(asked: NewKey, change: Change): Promise<{ key: KeyFacts; token?: string }> {
    const now = this.#clock();
    check(asked, now);
    this.#tenants.assertOpen(asked.tenant);
    const id = this.#random(9).toString("hex");
    const key = { ...asked, id, createdAt: now };
    if (asked.certificate !== undefined) {
      await this.#registry.put(id, { ...key, secretBy: this.#behind(change.by) }, change);
      return { key };
    }
    return this.#told(key, change);
  }

  /** A new secret; the old one opens nothing from now on. */
  async rotate(id: string, change: Change): Promise<{ key: KeyFacts; token: string }> {
    const { hash: _, secretBy: __, secretAt: ___, ...key } = this.#registry.need(id);
    if (key.certificate !== undefined) throw new HoldfastError("request/invalid", "This key is a certificate.");
    return this.#told(key, change);
  }

  async #told(key: KeyFacts, change: Change): Promise<{ key: KeyFacts; token: string }> {
    const secret = this.#random(32).toString("base64url");
    const hash = hashOf(secret).toString("hex");
    const told = { secretBy: this.#behind(change.by), secretAt: this.#clock() };
    await this.#registry.put(key.id, { ...key, hash, ...told }, change);
    return { key, token: `${prefix}_${key.id}_${secret}` };
  }

  /** Who may hold its secret. */
  secretsOf(id: string): Secrets | undefined {
    const key = this.#registry.get(id);
    return key && { by: key.secretBy ?? [anybody] };
  }

  remove(id: string, change: Change): Promise<void> {
    return this.#registry.remove(id, change);
  }

  /** The principal of a token; undefined for a wrong, expired or removed one, and for one from elsewhere. */
  resolve(token: string, address: string): Principal | undefined {
    const [, id, secret] = /^hf_([0-9a-f]{18})_([\w-]{43})$/.exec(token) ?? [];
    const key = this.#registry.get(id ?? "");
    const stored = Buffer.from(key?.hash ?? "0".repeat(64), "hex");
    const fits = timingSafeEqual(hashOf(secret ?? ""), stored);
    return key?.hash !== undefined && fits ? this.#admit(key, address) : undefined;
  }

  resolveCertificate(fingerprint: string, address: string): Principal | undefined {
    const key = this.#registry.get(this.#certificates.get(fingerprint) ?? "");
    return key && this.#admit(key, address);
  }

  #admit(key: KeyRecord, address: string): Principal | undefined {
    const now = this.#clock();
    if (key.expiresAt <= now || (key.addresses && !new AddressSet(key.addresses).has(address))) return undefined;
    const { secretBy, secretAt = key.createdAt } = key;
    return {
      id: `key:${key.id}`,
      kind: key.vendor === undefined ? "service" : "vendor",
      name: key.name,
      roles: [key.role],
      tenant: key.tenant,
      scopes: new Set(key.scopes),
      method: key.hash === undefined ? "certificate" : "api-key",
      // A key proves itself with each request, but whoever stole it does too: the newest secret counts.
      authenticatedAt: secretAt,
      ...(secretBy ? { secret: { by: secretBy, at: secretAt } } : {}),
      address,
      ...(key.vendor === undefined ? {} : { vendor: key.vendor }),
    };
  }
}

const hashOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();

function check(key: NewKey, now: number): void {
  const wrong = (what: string): never => {
    throw new HoldfastError("request/invalid", what);
  };
  if (!/^[\w .@-]{1,64}$/.test(key.name)) wrong("A key's name has letters, digits, blanks and ._@-, at most 64.");
  if (!(personRoles as readonly string[]).includes(key.role)) wrong(`The role is one of ${personRoles.join(", ")}.`);
  if ((key.vendor !== undefined) !== (key.role === "vendor"))
    wrong("The role vendor and the vendor's name go together.");
  if (!tenantPattern.test(key.tenant)) wrong("A tenant has lower case letters, digits and hyphens, at most 63.");
  const beyond = key.scopes.find((scope) => !mayRole(key.role, scope));
  if (key.scopes.length === 0 || beyond !== undefined)
    wrong(`The scopes of a ${key.role} are among ${rolePolicy[key.role].join(", ")}.`);
  if (key.expiresAt <= now || key.expiresAt > now + longestLife) wrong("A key expires, within 400 days.");
  if (key.certificate !== undefined && !/^[0-9a-f]{64}$/.test(key.certificate))
    wrong("A certificate is named by its SHA-256 in 64 lower case hex digits.");
  new AddressSet(key.addresses ?? []);
}
