/** People and vendors' accounts: for the bad day when the identity provider is gone too, and where there is none. */
import { type Clock, HoldfastError } from "../core/index.ts";
import { type Passkey, Passkeys, type Site } from "./passkeys.ts";
import { type Principal, personRoles, type Role, tenantPattern } from "./principal.ts";
import type { Change, Registry, SettingsPort } from "./registry.ts";
import { hashPassword, type RandomBytes, verifyPassword } from "./secrets/password.ts";
import { base32, totpSecretSize, totpUri, verifyTotp } from "./secrets/totp.ts";
import { Throttle } from "./throttle.ts";

export interface UserRecord {
  name: string;
  display?: string;
  roles: Role[];
  tenant: string;
  vendor?: string;
  disabled?: boolean;
  /** argon2id, PHC string. */
  password?: string;
  /** Sealed under the archive's keys. */
  totp?: string;
  /** The last step whose code was used. */
  totpStep?: number;
  passkeys?: Passkey[];
  /** Principal who last set the password or the authenticator's secret. */
  secretsBy?: string;
}

/** What may be told of an account. */
export type UserFacts = Omit<UserRecord, Secret> & { password: boolean; totp: boolean; passkeys: number };

/** What a change of the facts leaves as it was. */
type Secret = "password" | "totp" | "totpStep" | "passkeys" | "secretsBy";

const namePattern = /^[a-z0-9][a-z0-9._@-]{0,63}$/;

/** Guesses per account and address, and per account, in a quarter of an hour. */
const guesses = { period: 15 * 60_000, perAddress: 5, perAccount: 30 };

export class Users {
  readonly #registry: Registry<UserRecord>;
  readonly #port: SettingsPort;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #passkeys: Passkeys;
  readonly #throttle = new Throttle(guesses.period);

  constructor(registry: Registry<UserRecord>, port: SettingsPort, clock: Clock, random: RandomBytes) {
    this.#registry = registry;
    this.#port = port;
    this.#clock = clock;
    this.#random = random;
    this.#passkeys = new Passkeys(clock);
  }

  get size(): number {
    return this.#registry.size;
  }

  get hasAdministrator(): boolean {
    return this.#registry.all().some(([, user]) => administers(user));
  }

  all(): UserFacts[] {
    return this.#registry.all().map(([, user]) => factsOf(user));
  }

  get(name: string): UserFacts | undefined {
    const user = this.#registry.get(name);
    return user && factsOf(user);
  }

  /** Adds an account or changes the facts of one; its secrets stay. @throws HoldfastError request/invalid */
  async put(facts: Omit<UserRecord, Secret>, change: Change): Promise<void> {
    const before = this.#registry.get(facts.name);
    const { password, totp, totpStep, passkeys, secretsBy } = before ?? {};
    const secrets = Object.entries({ password, totp, totpStep, passkeys, secretsBy }).filter(
      ([, value]) => value !== undefined,
    );
    const user = { ...checked(facts), ...Object.fromEntries(secrets) };
    if (before && administers(before) && !administers(user)) this.#keepAdministrator(facts.name);
    await this.#registry.put(facts.name, user, change);
  }

  async remove(name: string, change: Change): Promise<void> {
    if (administers(this.#registry.need(name))) this.#keepAdministrator(name);
    await this.#registry.remove(name, change);
  }

  async setPassword(name: string, password: string, change: Change): Promise<void> {
    const hash = await hashPassword(password, this.#random);
    await this.#registry.put(name, { ...this.#registry.need(name), password: hash, secretsBy: change.by.id }, change);
  }

  /** A new secret for the authenticator app, told this once. */
  async resetTotp(name: string, change: Change): Promise<{ secret: string; uri: string }> {
    const secret = this.#random(totpSecretSize);
    // Passkeys go too: who resets an account does not know who made them.
    const { totpStep: _, passkeys: __, ...user } = this.#registry.need(name);
    await this.#registry.put(
      name,
      { ...user, totp: this.#port.seal(secret, `totp ${name}`), secretsBy: change.by.id },
      change,
    );
    return { secret: base32(secret), uri: totpUri(secret, name) };
  }

  /**
   * Password and code together; the answer never says which was wrong.
   * @throws HoldfastError gate/unauthenticated, gate/rate-limit
   */
  async login(name: string, password: string, code: string, address: string): Promise<Principal> {
    const now = this.#clock();
    const [here, all] = [`${name}\n${address}`, name];
    if (!this.#throttle.take(here, guesses.perAddress, now) || !this.#throttle.take(all, guesses.perAccount, now))
      throw new HoldfastError("gate/rate-limit", "Too many attempts; wait a quarter of an hour.");
    const user = this.#registry.get(name);
    const knows = await verifyPassword(password, user?.password);
    const step = user?.totp
      ? verifyTotp(this.#port.unseal(user.totp, `totp ${name}`), code, now, user.totpStep ?? -1)
      : undefined;
    if (!user || !knows || step === undefined || user.disabled) throw new HoldfastError("gate/unauthenticated");
    // A login beside this one may have used the code while the password was hashed.
    if ((this.#registry.get(name)?.totpStep ?? -1) >= step) throw new HoldfastError("gate/unauthenticated");
    const principal = principalOf(user, "password", address, now);
    const used = this.#registry.put(
      name,
      { ...user, totpStep: step },
      { by: principal, protocol: "api", operation: "login" },
      "login",
    );
    this.#throttle.forget(here);
    await used;
    return principal;
  }

  passkeyCreation(name: string, site: Site): ReturnType<Passkeys["creation"]> {
    return this.#passkeys.creation(name, this.#registry.need(name).passkeys ?? [], site);
  }

  async addPasskey(name: string, response: unknown, site: Site, change: Change): Promise<void> {
    const passkey = await this.#passkeys.created(name, response, site);
    const user = this.#registry.need(name);
    await this.#registry.put(name, { ...user, passkeys: [...(user.passkeys ?? []), passkey] }, change);
  }

  passkeyRequest(site: Site): ReturnType<Passkeys["request"]> {
    return this.#passkeys.request(site);
  }

  /** @throws HoldfastError gate/unauthenticated */
  async loginByPasskey(id: string, response: unknown, site: Site, address: string): Promise<Principal> {
    const user = this.#registry.all().find(([, { passkeys }]) => passkeys?.some((one) => one.id === id))?.[1];
    const passkey = user?.passkeys?.find((one) => one.id === id);
    if (!user || !passkey || user.disabled) throw new HoldfastError("gate/unauthenticated");
    const proved = await this.#passkeys.proved(passkey, response, site);
    const principal = principalOf(user, "passkey", address, this.#clock());
    const passkeys = user.passkeys!.map((one) => (one === passkey ? proved : one));
    const change = { by: principal, protocol: "api", operation: "login" };
    await this.#registry.put(user.name, { ...user, passkeys }, change, "login");
    return principal;
  }

  /** Who gave a principal's account its secrets. */
  secretsBy({ id }: Principal): string | undefined {
    return this.#registry.get(id.slice("user:".length))?.secretsBy;
  }

  /** As the registry has it now: roles taken away count at once. Undefined when it is gone or disabled. */
  refreshed(principal: Principal): Principal | undefined {
    const user = this.#registry.get(principal.id.slice("user:".length));
    if (!user || user.disabled) return undefined;
    return principalOf(user, principal.method, principal.address ?? "", principal.authenticatedAt);
  }

  #keepAdministrator(besides: string): void {
    if (!this.#registry.all().some(([name, user]) => name !== besides && administers(user)))
      throw new HoldfastError("gate/last-administrator");
  }
}

const administers = (user: UserRecord): boolean => user.roles.includes("administrator") && !user.disabled;

function factsOf({ password, totp, totpStep: _, secretsBy: __, passkeys, ...facts }: UserRecord): UserFacts {
  return { ...facts, password: password !== undefined, totp: totp !== undefined, passkeys: passkeys?.length ?? 0 };
}

function principalOf(user: UserRecord, method: Principal["method"], address: string, at: number): Principal {
  return {
    id: `user:${user.name}`,
    kind: user.vendor === undefined ? "person" : "vendor",
    name: user.display ?? user.name,
    roles: user.roles,
    tenant: user.tenant,
    method,
    authenticatedAt: at,
    ...(address === "" ? {} : { address }),
    ...(user.vendor === undefined ? {} : { vendor: user.vendor }),
  };
}

function checked(user: Omit<UserRecord, Secret>): UserRecord {
  const wrong = (what: string): never => {
    throw new HoldfastError("request/invalid", what);
  };
  const { name, display, roles, tenant, vendor, disabled } = user;
  if (!namePattern.test(name)) wrong("A user name has lower case letters, digits and ._@-, at most 64.");
  if (roles.length === 0 || roles.some((role) => !(personRoles as readonly string[]).includes(role)))
    wrong(`The roles are among ${personRoles.join(", ")}.`);
  if (!tenantPattern.test(tenant)) wrong("A tenant has lower case letters, digits and hyphens, at most 63.");
  if ((vendor !== undefined) !== roles.includes("vendor")) wrong("The role vendor and the vendor's name go together.");
  if (vendor !== undefined && roles.length > 1) wrong("A vendor's account has the role vendor alone.");
  return {
    name,
    roles: [...new Set(roles)],
    tenant,
    ...(display === undefined ? {} : { display: display.slice(0, 128) }),
    ...(vendor === undefined ? {} : { vendor }),
    ...(disabled ? { disabled } : {}),
  };
}
