/** The gate of one archive: everybody it knows, and the one place where operations are decided. */
import { type Clock, type ErrorCode, HoldfastError, rfc3339, Tally } from "../core/index.ts";
import { plainAddress } from "./addresses.ts";
import { type Containment, ContainmentState } from "./containment.ts";
import { type ActionObject, type DecisionState, decide, treats } from "./decide.ts";
import type { Decision, Denial, Permit, Quarantine } from "./decision.ts";
import { type Approval, type BreakGlass, Grants, type VendorSession } from "./grants.ts";
import { ApiKeys, type KeyRecord } from "./keys.ts";
import { OidcLogin, type OidcOptions } from "./oidc.ts";
import { type PeerRecord, Peers, type Strangers } from "./peers.ts";
import { Persons } from "./persons.ts";
import { type Action, actionNames, effectOf } from "./policy/index.ts";
import { defaultTenant, type Principal } from "./principal.ts";
import { Registry, type SettingsPort } from "./registry.ts";
import type { RandomBytes } from "./secrets/password.ts";
import { type Session, type SessionLimits, Sessions } from "./sessions.ts";
import { type TenantRecord, Tenants } from "./tenants.ts";
import { Throttle } from "./throttle.ts";
import { PatientsOnTreatment } from "./treatment.ts";
import { type UserRecord, Users } from "./users.ts";

export interface GateOptions {
  store: SettingsPort;
  clock: Clock;
  random: RandomBytes;
  /** Who is served before anybody is known: this machine, all the world, or nobody. */
  strangers: Strangers;
  /** Peers of the configuration. */
  configuredPeers?: PeerRecord[];
  sessionLimits?: SessionLimits;
  /** Whoever holds the archive's folder and keys: then every request is theirs. */
  operator?: Principal;
  oidc?: OidcOptions;
}

export class Gate {
  readonly containments = new ContainmentState();
  readonly onTreatment = new PatientsOnTreatment();
  readonly tenants: Tenants;
  readonly peers: Peers;
  readonly users: Users;
  readonly keys: ApiKeys;
  readonly sessions: Sessions;
  readonly grants: Grants;
  /** Absent: no identity provider. */
  readonly oidc: OidcLogin | undefined;
  readonly #options: GateOptions;
  /** Decisions since the start, for monitors. */
  readonly decisions = new Tally<{ effect: Decision["effect"] }>();
  readonly denials = new Tally<{ code: ErrorCode }>();
  readonly #onPermit = new Set<(principal: Principal, action: Action) => void>();
  readonly #rates = new Throttle(60_000);

  readonly #behind: (principal: Principal) => string[];

  private constructor(
    options: GateOptions,
    parts: Pick<Gate, "tenants" | "peers" | "users" | "keys" | "grants">,
    behind: (principal: Principal) => string[],
  ) {
    this.#options = options;
    this.#behind = behind;
    this.tenants = parts.tenants;
    this.peers = parts.peers;
    this.users = parts.users;
    this.keys = parts.keys;
    this.grants = parts.grants;
    this.oidc = options.oidc && new OidcLogin(options.oidc, options.clock);
    this.sessions = new Sessions(options.clock, options.random, options.sessionLimits);
  }

  static async open(options: GateOptions): Promise<Gate> {
    const { store, clock, random, strangers, configuredPeers } = options;
    const registry = <T>(collection: string) => Registry.open<T>(collection, store, clock);
    const peerRecords = await registry<PeerRecord>("peers");
    const userRecords = await registry<UserRecord>("users");
    const keyRecords = await registry<KeyRecord>("keys");
    const tenants = new Tenants(await registry<TenantRecord>("tenants"), clock, [
      ...[...peerRecords.all(), ...userRecords.all(), ...keyRecords.all()].map(([, { tenant }]) => tenant),
      ...(options.oidc?.roles ?? []).flatMap(({ tenant }) => tenant ?? []),
    ]);
    const behind = (principal: Principal): string[] => persons.behind(principal);
    const users = new Users(userRecords, store, clock, random, behind, tenants);
    const keys = new ApiKeys(keyRecords, clock, random, behind, tenants);
    const persons = new Persons(
      (name) => users.secretsOf(name),
      (id) => keys.secretsOf(id),
      options.oidc !== undefined,
    );
    const grants = new Grants(
      {
        vendorSessions: await registry<VendorSession>("vendor-sessions"),
        breakGlass: await registry<BreakGlass>("break-glass"),
        approvals: await registry<Approval>("approvals"),
      },
      clock,
      random,
      behind,
      tenants,
    );
    const peers = new Peers(peerRecords, tenants, strangers, configuredPeers);
    return new Gate(options, { tenants, peers, users, keys, grants }, behind);
  }

  /** `listener` hears of what is permitted, until the function returned is called. It must be quick. */
  onPermit(listener: (principal: Principal, action: Action) => void): () => void {
    this.#onPermit.add(listener);
    return () => this.#onPermit.delete(listener);
  }

  /** Decided anew for each operation, so that a containment counts on what is already open. */
  decide(principal: Principal, action: Action, object: ActionObject = {}): Decision {
    const decision = this.#decide(principal, action, object);
    this.decisions.add({ effect: decision.effect });
    if (decision.effect === "deny") this.denials.add({ code: decision.code });
    else for (const listener of this.#onPermit) listener(principal, action);
    return decision;
  }

  #decide(principal: Principal, action: Action, object: ActionObject): Decision {
    const now = this.#options.clock();
    const decision = decide(principal, action, object, this.#state());
    if (decision.effect !== "permit" || !decision.rate) return decision;
    const { perMinute, containment } = decision.rate;
    if (this.#rates.take(whoseRate(principal, containment), perMinute, now)) return decision;
    const { contact, since } = containment;
    return {
      effect: "deny",
      code: "gate/rate-limit",
      reason: `${action} by ${principal.id}: more than ${perMinute} a minute (containment ${containment.id}).`,
      message: `Your access is limited to ${perMinute} operations a minute since ${rfc3339(since)}. Call ${contact}.`,
      containment,
    };
  }

  /** The same within an operation that was counted when it began. */
  decideAgain(principal: Principal, action: Action, object: ActionObject = {}): Decision {
    const decision = decide(principal, action, object, this.#state());
    if (decision.effect === "deny") this.denials.add({ code: decision.code });
    return decision;
  }

  /**
   * What the principal may do in its own tenant, for a page that offers no more. Containments are left out: they come and
   * go, and whoever they stop is told so when they try. Counts as nothing.
   */
  permitted(principal: Principal): Action[] {
    const state = { ...this.#state(), containments: { on: () => undefined } };
    return actionNames.filter((action) => decide(principal, action, {}, state).effect !== "deny");
  }

  #state(): DecisionState {
    const { containments, tenants } = this;
    return { containments, now: this.now(), isClosed: (tenant) => tenants.isClosed(tenant) };
  }

  now(): number {
    return this.#options.clock();
  }

  /** @throws HoldfastError the denial, as the person affected may read it */
  require(principal: Principal, action: Action, object: ActionObject = {}): Permit | Quarantine {
    const decision = this.decide(principal, action, object);
    if (decision.effect === "deny") throw new Denied(decision);
    return decision;
  }

  /**
   * Within an operation that was permitted when it began.
   * @param counts it is as good as another operation, where a containment limits how many there are
   * @throws HoldfastError the denial
   */
  requireAgain(principal: Principal, action: Action, object: ActionObject = {}, counts = false): Permit | Quarantine {
    const decision = counts ? this.decide(principal, action, object) : this.decideAgain(principal, action, object);
    if (decision.effect === "deny") throw new Denied(decision);
    return decision;
  }

  /**
   * What keeps somebody who treats from reading, or slows it down: then it matters whether it is about patients on treatment
   * alone, see {@link onTreatment}.
   */
  restraint(principal: Principal, action: Action, tenant = principal.tenant): Containment | undefined {
    if (effectOf(action) !== "read" || !treats(principal)) return undefined;
    const decision = this.decideAgain(principal, action, { tenant });
    return decision.effect === "permit" ? decision.rate?.containment : decision.containment;
  }

  /** Whether objects may be sent to a peer: not while it is cut off, nor to a vendor's outside its session. */
  mayReceive(peer: PeerRecord): Decision {
    return this.decideAgain(this.grants.applied(receiverOf(peer, this.now())), "associate");
  }

  /** Whether the principal is whoever has this id, or holds its secrets, or it theirs: nobody decides about themselves. */
  isSelf(principal: Principal, id: string): boolean {
    const [own, others] = [this.#behind(principal), this.#behind({ ...principal, id })];
    return own.includes(id) || others.includes(principal.id);
  }

  /** A person or program over HTTP, by what the request shows; a principal with method `none` when that is nothing. */
  resolve(shown: Shown): { principal: Principal; session?: Session } {
    if (this.#options.operator) return { principal: this.#options.operator };
    const address = plainAddress(shown.address);
    const found = this.#byKey(shown, address) ??
      this.#bySession(shown, address) ?? { principal: this.#unknown(shown, address) };
    return { ...found, principal: this.grants.applied(found.principal, shown.tenant) };
  }

  /** Rights for a while count from the next operation on, on associations too. */
  refreshed(principal: Principal): Principal {
    const fresh = this.peers.refreshed(principal);
    return fresh.vendor === undefined && !fresh.breakGlass ? fresh : this.grants.applied(fresh);
  }

  #byKey({ token, certificate }: Shown, address: string): { principal: Principal } | undefined {
    if (token !== undefined) return { principal: this.keys.resolve(token, address) ?? nobody(address) };
    const principal = certificate === undefined ? undefined : this.keys.resolveCertificate(certificate, address);
    return principal && { principal };
  }

  #bySession({ cookie }: Shown, address: string): { principal: Principal; session: Session } | undefined {
    const session = cookie === undefined ? undefined : this.sessions.find(cookie);
    if (!session) return undefined;
    const { principal } = session;
    const fresh = principal.id.startsWith("user:") ? this.users.refreshed(principal) : principal;
    return fresh && { principal: { ...fresh, address }, session };
  }

  #unknown({ isLocal }: Shown, address: string): Principal {
    const { strangers } = this.#options;
    const open = strangers === "anywhere" || (strangers === "loopback" && isLocal);
    return open && this.users.size === 0 && !this.oidc ? local(address) : nobody(address);
  }
}

/** A vendor's, or an address's, identities share what is left to it; in a clinic each has its own. */
const whoseRate = ({ id }: Principal, { target }: Containment): string =>
  target.kind === "vendor" || target.kind === "host" ? `${target.kind} ${target.id}` : id;

/** A peer as it would be if it called itself. */
function receiverOf({ aeTitle, role, tenant, vendor, critical }: PeerRecord, now: number): Principal {
  return {
    ...{ id: `peer:${aeTitle}`, kind: "device" as const, name: aeTitle, roles: [role], tenant },
    ...{ method: "address" as const, authenticatedAt: now },
    ...(vendor === undefined ? {} : { vendor }),
    ...(critical ? { critical } : {}),
  };
}

/** What an HTTP request shows of who sends it. */
export interface Shown {
  address: string;
  /** The connection comes from this machine. */
  isLocal: boolean;
  /** Bearer token. */
  token?: string;
  /** Session cookie. */
  cookie?: string;
  /** SHA-256 of a verified client certificate. */
  certificate?: string;
  /** The tenant asked for, where several are open to it. */
  tenant?: string;
}

/** A denial as an error; its detail is meant for the person affected. */
export class Denied extends HoldfastError {
  readonly denial: Denial;
  constructor(denial: Denial) {
    super(denial.code, denial.message);
    this.name = "Denied";
    this.denial = denial;
  }
}

const nobody = (address: string): Principal => ({
  id: "nobody",
  kind: "person",
  name: "nobody",
  roles: [],
  tenant: defaultTenant,
  address,
  method: "none",
  authenticatedAt: 0,
});

/** Whoever works on this machine while no account exists: a developer, or the first administrator. */
export const local = (address?: string): Principal => ({
  ...nobody(address ?? ""),
  id: "local",
  name: "local",
  roles: ["administrator", "tenant-administrator", "security-analyst", "physicist", "oncologist", "therapist"],
  method: "local",
  authenticatedAt: Number.MAX_SAFE_INTEGER,
  ...(address === undefined ? {} : { address }),
});
