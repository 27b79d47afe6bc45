/** People and vendors' accounts: for the bad day when the identity provider is gone too, and where there is none. */
import { type Clock, HoldfastError } from "../core/index.ts";
import { type Passkey, Passkeys, type Site } from "./passkeys.ts";
import type { Secrets } from "./persons.ts";
import { type Principal, personRoles, type Role, tenantPattern } from "./principal.ts";
import type { Change, Registry, SettingsPort } from "./registry.ts";
import { hashPassword, type RandomBytes, verifyPassword } from "./secrets/password.ts";
import { base32, totpSecretSize, totpUri, verifyTotp } from "./secrets/totp.ts";
import { Turns } from "./secrets/turns.ts";
import type { Tenants } from "./tenants.ts";
import { Throttle } from "./throttle.ts";

export interface UserRecord {
  name: string;
  display?: string;
  roles: Role[];
  tenant: string;
  vendor?: string;
  disabled?: boolean;
  /** `sub` of the same person at the identity provider. */
  subject?: string;
  /** argon2id, PHC string. */
  password?: string;
  /** Sealed under the archive's keys. */
  totp?: string;
  /** The last step whose code was used. */
  totpStep?: number;
  passkeys?: Passkey[];
  /** Principals behind whoever set the password, the authenticator's secret, and the subject. */
  passwordBy?: string[];
  totpBy?: string[];
  subjectBy?: string[];
}

/** What may be told of an account. */
export type UserFacts = Omit<UserRecord, Secret> & { password: boolean; totp: boolean; passkeys: number };

/** What a change of the facts leaves as it was. */
type Secret = (typeof secrets)[number];
const secrets = ["password", "totp", "totpStep", "passkeys", "passwordBy", "totpBy", "subjectBy"] as const;

const namePattern = /^[a-z0-9][a-z0-9._@-]{0,63}$/;

/** Guesses per account and address, and per account, in a quarter of an hour. */
const guesses = { period: 15 * 60_000, perAddress: 5, perAccount: 30 };

export class Users {
  readonly #registry: Registry<UserRecord>;
  readonly #port: SettingsPort;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #tenants: Tenants;
  readonly #behind: (principal: Principal) => string[];
  readonly #passkeys: Passkeys;
  readonly #throttle = new Throttle(guesses.period);
  /** Each verification takes 64 MiB and a processor for a tenth of a second, whoever asks for it. */
  readonly #turns = new Turns(2, 16);

  constructor(
    registry: Registry<UserRecord>,
    port: SettingsPort,
    clock: Clock,
    random: RandomBytes,
    behind: (principal: Principal) => string[],
    tenants: Tenants,
  ) {
    this.#tenants = tenants;
    this.#registry = registry;
    this.#port = port;
    this.#clock = clock;
    this.#random = random;
    this.#behind = behind;
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
  put(facts: Omit<UserRecord, Secret>, change: Change): Promise<void> {
    return this.#registry.exclusive(async () => {
      const before = this.#registry.get(facts.name);
      if (facts.tenant !== before?.tenant) this.#tenants.assertOpen(facts.tenant);
      const user: UserRecord = { ...checked(facts), ...keptOf(before) };
      if (user.subject !== before?.subject) user.subjectBy = this.#behind(change.by);
      if (before && administers(before) && !administers(user)) this.#keepAdministrator(facts.name);
      await this.#registry.put(facts.name, user, change);
    });
  }

  remove(name: string, change: Change): Promise<void> {
    return this.#registry.exclusive(async () => {
      if (administers(this.#registry.need(name))) this.#keepAdministrator(name);
      await this.#registry.remove(name, change);
    });
  }

  async setPassword(name: string, password: string, change: Change): Promise<void> {
    const hash = await hashPassword(password, this.#random);
    await this.#alter(name, change, { password: hash, passwordBy: this.#behind(change.by) });
  }

  /** A new secret for the authenticator app, told this once. */
  async resetTotp(name: string, change: Change): Promise<{ secret: string; uri: string }> {
    const secret = this.#random(totpSecretSize);
    const totp = this.#port.seal(secret, `totp ${name}`);
    await this.#registry.exclusive(async () => {
      // Passkeys go too: who resets an account does not know who made them.
      const { totpStep: _, passkeys: __, ...user } = this.#registry.need(name);
      await this.#registry.put(name, { ...user, totp, totpBy: this.#behind(change.by) }, change);
    });
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
    const knows = await this.#turns.take(() => verifyPassword(password, user?.password));
    const step = user?.totp
      ? verifyTotp(this.#port.unseal(user.totp, `totp ${name}`), code, now, user.totpStep ?? -1)
      : undefined;
    if (!user || !knows || step === undefined || user.disabled) throw new HoldfastError("gate/unauthenticated");
    const principal = principalOf(user, "password", address, now);
    await this.#used(principal, user, { totpStep: step }, ({ totpStep = -1 }) => totpStep < step);
    this.#throttle.forget(here);
    return principal;
  }

  passkeyCreation(name: string, site: Site, address: string): ReturnType<Passkeys["creation"]> {
    return this.#passkeys.creation(name, this.#registry.need(name).passkeys ?? [], site, address);
  }

  async addPasskey(name: string, response: unknown, site: Site, change: Change): Promise<void> {
    const passkey = { ...(await this.#passkeys.created(name, response, site)), by: this.#behind(change.by) };
    await this.#registry.exclusive(async () => {
      const user = this.#registry.need(name);
      await this.#registry.put(name, { ...user, passkeys: [...(user.passkeys ?? []), passkey] }, change);
    });
  }

  passkeyRequest(site: Site, address: string): ReturnType<Passkeys["request"]> {
    return this.#passkeys.request(site, address);
  }

  /** @throws HoldfastError gate/unauthenticated */
  async loginByPasskey(id: string, response: unknown, site: Site, address: string): Promise<Principal> {
    const user = this.#registry.all().find(([, { passkeys }]) => passkeys?.some((one) => one.id === id))?.[1];
    const passkey = user?.passkeys?.find((one) => one.id === id);
    if (!user || !passkey || user.disabled) throw new HoldfastError("gate/unauthenticated");
    const proved = await this.#passkeys.proved(passkey, response, site);
    const principal = principalOf(user, "passkey", address, this.#clock());
    const passkeys = user.passkeys!.map((one) => (one === passkey ? proved : one));
    await this.#used(principal, user, { passkeys }, (fresh) => fresh.passkeys?.includes(passkey) ?? false);
    return principal;
  }

  /** Who may hold the secrets that open an account. */
  secretsOf(name: string): Secrets | undefined {
    const user = this.#registry.get(name);
    if (!user) return undefined;
    const { passwordBy = [], totpBy = [], subjectBy = [], passkeys = [], subject } = user;
    const by = [...passwordBy, ...totpBy, ...subjectBy, ...passkeys.flatMap((passkey) => passkey.by ?? [])];
    return { by, ...(subject === undefined ? {} : { subject }) };
  }

  /** As the registry has it now: roles taken away count at once. Undefined when it is gone or disabled. */
  refreshed(principal: Principal): Principal | undefined {
    const user = this.#registry.get(principal.id.slice("user:".length));
    if (!user || user.disabled) return undefined;
    return principalOf(user, principal.method, principal.address ?? "", principal.authenticatedAt);
  }

  async #alter(name: string, change: Change, facts: Partial<UserRecord>): Promise<void> {
    await this.#registry.exclusive(() => this.#registry.put(name, { ...this.#registry.need(name), ...facts }, change));
  }

  /** Notes a login, unless one beside it used the same up, or the account was changed, while it was checked. */
  #used(
    by: Principal,
    seen: UserRecord,
    used: Partial<UserRecord>,
    holds: (now: UserRecord) => boolean,
  ): Promise<void> {
    return this.#registry.exclusive(async () => {
      const user = this.#registry.get(seen.name);
      if (!user || user.disabled || user.password !== seen.password || user.totp !== seen.totp || !holds(user))
        throw new HoldfastError("gate/unauthenticated");
      const change = { by, protocol: "api" as const, operation: "login" };
      await this.#registry.put(user.name, { ...user, ...used }, change, "login");
    });
  }

  #keepAdministrator(besides: string): void {
    if (!this.#registry.all().some(([name, user]) => name !== besides && administers(user)))
      throw new HoldfastError("gate/last-administrator");
  }
}

/** May, and can: an account without secrets opens for nobody. */
const administers = (user: UserRecord): boolean =>
  user.roles.includes("administrator") &&
  !user.disabled &&
  ((user.password !== undefined && user.totp !== undefined) || (user.passkeys?.length ?? 0) > 0);

/** The secrets of an account. */
function keptOf(user: UserRecord | undefined): Pick<UserRecord, Secret> {
  const kept = secrets.map((name) => [name, user?.[name]] as const).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept);
}

function factsOf(user: UserRecord): UserFacts {
  const { password, totp, totpStep, passkeys, passwordBy, totpBy, subjectBy, ...facts } = user;
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
  const { name, display, roles, tenant, vendor, disabled, subject } = user;
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
    ...(subject === undefined ? {} : { subject: subject.slice(0, 255) }),
  };
}
