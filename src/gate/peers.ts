/** DICOM peers: who may associate, from where, proved how, for what. */
import { type ErrorCode, HoldfastError } from "../core/index.ts";
import { AddressSet, isLoopbackAddress } from "./addresses.ts";
import { type Action, mayRole } from "./policy/index.ts";
import {
  type Caller,
  type DeviceRole,
  defaultTenant,
  deviceRoles,
  type Principal,
  tenantPattern,
} from "./principal.ts";
import type { Change, Registry } from "./registry.ts";
import type { Tenants } from "./tenants.ts";

export interface PeerRecord {
  aeTitle: string;
  role: DeviceRole;
  tenant: string;
  /** Addresses and CIDR ranges it calls from. */
  addresses?: string[];
  /** SHA-256 of client certificates, hex in lower case; any of them proves it. */
  certificates?: string[];
  /** Subjects of client certificates that a trusted authority issued, as in access events. */
  subjects?: string[];
  /** Fewer actions than its role has. */
  services?: Action[];
  sopClasses?: string[];
  vendor?: string;
  critical?: boolean;
  /** Where C-MOVE and commitment reports go. */
  host?: string;
  port?: number;
}

/** Whom an unknown AE title may be: `loopback` serves it from this machine, as long as no peer is registered. */
export type Strangers = "loopback" | "anywhere" | "nobody";

interface Known {
  record: PeerRecord;
  addresses: AddressSet | undefined;
  revision: number;
}

const maxPeers = 10_000;

export class Peers {
  readonly #registry: Registry<PeerRecord>;
  readonly #tenants: Tenants;
  readonly #strangers: Strangers;
  readonly #known = new Map<string, Known>();
  #revision = 0;
  /** Of the configuration: served from the addresses their hosts have. */
  readonly #configured: Map<string, PeerRecord>;

  constructor(registry: Registry<PeerRecord>, tenants: Tenants, strangers: Strangers, configured: PeerRecord[] = []) {
    this.#tenants = tenants;
    this.#registry = registry;
    this.#strangers = strangers;
    this.#configured = new Map(configured.map((record) => [record.aeTitle, record]));
    registry.onChange((aeTitle) => this.#compile(aeTitle));
    for (const aeTitle of [...this.#configured.keys(), ...registry.all().map(([key]) => key)]) this.#compile(aeTitle);
  }

  all(): PeerRecord[] {
    return [...this.#known.values()].map(({ record }) => record);
  }

  get(aeTitle: string): PeerRecord | undefined {
    return this.#known.get(aeTitle)?.record;
  }

  /** Registers it, or changes the one with its title. @throws HoldfastError request/invalid */
  async put(record: PeerRecord, change: Change): Promise<void> {
    if (this.#registry.size >= maxPeers && !this.#registry.get(record.aeTitle))
      throw new HoldfastError("request/too-large", `There are ${maxPeers} peers.`);
    const peer = checked(record);
    this.#tenants.assertOpen(peer.tenant);
    await this.#registry.put(record.aeTitle, peer, change);
  }

  remove(aeTitle: string, change: Change): Promise<void> {
    return this.#registry.remove(aeTitle, change);
  }

  /** The principal behind an association, or why there is none. */
  resolve(caller: Caller): Principal | { refused: ErrorCode } {
    const known = this.#known.get(caller.aeTitle);
    if (!known) return this.#stranger(caller);
    const { record } = known;
    const proof = record.certificates || record.subjects;
    const fits =
      (!known.addresses || known.addresses.has(caller.address) || this.#isHere(caller)) &&
      (!proof || proves(record, caller.certificate));
    if (!fits) return { refused: "gate/spoofed" };
    const principal = principalOf(record, caller, proof ? "certificate" : "address");
    return { ...principal, association: { caller, revision: known.revision } };
  }

  /** As the registry has it now: what was changed or removed counts on associations that stand. */
  refreshed(principal: Principal): Principal {
    const { caller, revision } = principal.association ?? {};
    if (!caller || this.#known.get(caller.aeTitle)?.revision === revision) return principal;
    const now = this.resolve(caller);
    return "refused" in now ? { ...principal, roles: [], method: "none" } : now;
  }

  #stranger(caller: Caller): Principal | { refused: ErrorCode } {
    if (this.#strangers !== "anywhere" && !this.#isHere(caller)) return { refused: "gate/unknown-peer" };
    const { aeTitle } = caller;
    return principalOf({ aeTitle, role: "workstation", tenant: defaultTenant }, caller, "local");
  }

  /** On this machine, before any peer is registered: a title from the configuration proves as much as any. */
  #isHere({ address }: Caller): boolean {
    return this.#strangers !== "nobody" && this.#registry.size === 0 && isLoopbackAddress(address);
  }

  #compile(aeTitle: string): void {
    const record = this.#registry.get(aeTitle) ?? this.#configured.get(aeTitle);
    if (!record) this.#known.delete(aeTitle);
    else {
      const addresses = record.addresses && new AddressSet(record.addresses);
      this.#known.set(aeTitle, { record, addresses, revision: ++this.#revision });
    }
  }
}

function proves({ certificates, subjects }: PeerRecord, certificate: Caller["certificate"]): boolean {
  if (!certificate) return false;
  return (certificates?.includes(certificate.fingerprint) ?? true) && (subjects?.includes(certificate.subject) ?? true);
}

function principalOf(record: PeerRecord, caller: Caller, method: Principal["method"]): Principal {
  const { aeTitle, role, tenant, vendor, critical, services, sopClasses } = record;
  return {
    id: `peer:${aeTitle}`,
    kind: "device",
    name: aeTitle,
    roles: [role],
    tenant,
    method,
    authenticatedAt: caller.at,
    address: caller.address,
    ...(vendor === undefined ? {} : { vendor }),
    ...(critical ? { critical } : {}),
    ...(services ? { scopes: new Set<string>(["associate", ...services]) } : {}),
    ...(sopClasses ? { sopClasses: new Set(sopClasses) } : {}),
  };
}

/** PS3.5 6.2: AE is 1 to 16 characters of the default repertoire, no backslash, no control, not only spaces. */
const aeTitlePattern = /^(?=.*[!-[\]-~])[ -[\]-~]{1,16}$/;

function checked(record: PeerRecord): PeerRecord {
  const { aeTitle, role, tenant, addresses, certificates, subjects, services, sopClasses } = record;
  const wrong = (what: string): never => {
    throw new HoldfastError("request/invalid", what);
  };
  if (!aeTitlePattern.test(aeTitle)) wrong("An AE title has 1 to 16 printable ASCII characters, no backslash.");
  if (!(deviceRoles as readonly string[]).includes(role)) wrong(`The role is one of ${deviceRoles.join(", ")}.`);
  if (!tenantPattern.test(tenant)) wrong("A tenant has lower case letters, digits and hyphens, at most 63.");
  if (!addresses?.length && !certificates?.length && !subjects?.length)
    wrong("Name its addresses, a certificate or a subject: an AE title alone proves nothing.");
  new AddressSet(addresses ?? []);
  if (certificates?.some((print) => !/^[0-9a-f]{64}$/.test(print)))
    wrong("A certificate is named by its SHA-256 in 64 lower case hex digits.");
  for (const service of services ?? []) if (!mayRole(role, service)) wrong(`A ${role} may not ${service}.`);
  if (sopClasses?.some((uid) => !/^[0-9.]{1,64}$/.test(uid))) wrong("A SOP class is named by its UID.");
  const lists = { addresses, certificates, subjects, services, sopClasses };
  const given = Object.fromEntries(Object.entries(lists).filter(([, list]) => list && list.length > 0));
  const { vendor, critical, host, port } = record;
  const rest = Object.entries({ vendor, critical, host, port }).filter(([, value]) => value !== undefined);
  return { aeTitle, role, tenant, ...given, ...Object.fromEntries(rest) };
}
