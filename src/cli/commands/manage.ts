/** The work of `holdfast tenants`, `peers`, `users`, `approvals` and `keys`. */
import { HoldfastError } from "../../core/index.ts";
import { type AdminClient, localAdmin, remoteAdmin } from "../compose/admin.ts";
import { configOf, type Parsed } from "../program/config-options.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { type ExitCode, exit } from "../program/exit.ts";

export interface ManageOptions extends Parsed {
  url?: string;
  json?: boolean;
  role?: string | string[];
  tenant?: string;
  reason?: string;
  patient?: string;
  study?: string;
  dryRun?: boolean;
  treatmentEnded?: boolean;
  vendor?: string;
  display?: string;
  address?: string[];
  certificate?: string | string[];
  subject?: string | string[];
  service?: string[];
  sopClass?: string[];
  critical?: boolean;
  toHost?: string;
  toPort?: number;
  scope?: string[];
  days?: number;
}

type Facts = Record<string, unknown>;

/** `operation`: group and verb, e.g. `peers add`. Exit code 1 when there is nothing of that name. */
export async function manage(
  operation: string,
  subject: string,
  options: ManageOptions,
  environment: CommandEnvironment,
): Promise<ExitCode> {
  await using client = await clientOf(operation, options, environment);
  try {
    const answer = await work(client, operation, subject, options, environment);
    if (options.json) environment.stdout.write(`${JSON.stringify(answer)}\n`);
    else print(answer, environment);
    return exit.done;
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== "request/not-found") throw error;
    environment.stderr.write(`There is no ${subject}.\n`);
    return exit.no;
  }
}

async function clientOf(
  operation: string,
  options: ManageOptions,
  environment: CommandEnvironment,
): Promise<AdminClient> {
  if (options.url !== undefined) return remoteAdmin(options.url, environment.variables["HOLDFAST_TOKEN"]);
  return localAdmin(await configOf(options, environment), operation, environment);
}

/** Without what was not stated. */
const given = (facts: Facts): Facts =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));

async function work(
  client: AdminClient,
  operation: string,
  subject: string,
  options: ManageOptions,
  environment: CommandEnvironment,
): Promise<unknown> {
  const { tenant, vendor } = options;
  const named = encodeURIComponent(subject);
  switch (operation) {
    case "peers list":
      return ((await client.ask("GET", "/peers")) as { peers: Facts[] }).peers;
    case "users list":
      return ((await client.ask("GET", "/users")) as { users: Facts[] }).users;
    case "tenants list":
      return ((await client.ask("GET", "/tenants")) as { tenants: Facts[] }).tenants;
    case "approvals list":
      return ((await client.ask("GET", "/approvals")) as { approvals: Facts[] }).approvals;
    case "tenants add":
      return client.ask("PUT", `/tenants/${named}`, given({ display: options.display }));
    case "tenants rename":
      await client.ask("GET", `/tenants/${named}`);
      return client.ask("PUT", `/tenants/${named}`, { display: options.display });
    case "tenants close":
      return client.ask("POST", `/tenants/${named}/close`, { reason: options.reason });
    case "tenants reopen":
      return client.ask("POST", `/tenants/${named}/reopen`);
    case "keys list":
      return ((await client.ask("GET", "/keys")) as { keys: Facts[] }).keys;
    case "peers add":
      return client.ask("PUT", `/peers/${named}`, peerOf(options));
    case "users add": {
      const password = environment.newId();
      const { role: roles, display, subject: sub } = options;
      const facts = given({ roles, display, subject: sub, tenant, vendor, password });
      await client.ask("PUT", `/users/${named}`, facts);
      const totp = (await client.ask("POST", `/users/${named}/totp`)) as Facts;
      return { name: subject, password, ...totp };
    }
    case "users reset": {
      const password = environment.newId();
      await client.ask("POST", `/users/${named}/password`, { password });
      const totp = (await client.ask("POST", `/users/${named}/totp`)) as Facts;
      return { name: subject, password, ...totp };
    }
    case "keys add":
      return client.ask("POST", "/keys", keyOf(subject, options));
    case "retention list":
      return ((await client.ask("GET", "/retention")) as { retention: Facts[] }).retention;
    case "retention set":
      if (!/^\d{1,5}$/.test(subject)) throw new HoldfastError("request/invalid", "Give whole days.");
      return client.ask("PUT", `/retention/${encodeURIComponent(tenant ?? "default")}`, { days: Number(subject) });
    case "holds list":
      return ((await client.ask("GET", "/holds")) as { holds: Facts[] }).holds;
    case "holds set": {
      const { patient: patientId, study: studyUid, reason } = options;
      return client.ask("PUT", `/holds/${named}`, given({ patientId, studyUid, reason }));
    }
    case "erasures list":
      return ((await client.ask("GET", "/erasures")) as { erasures: Facts[] }).erasures;
    case "erasures ask": {
      const { patient: patientId, reason, treatmentEnded } = options;
      return client.ask("PUT", `/erasures/${named}`, given({ patientId, reason, treatmentEnded }));
    }
    case "erasures confirm":
      return client.ask("POST", `/erasures/${named}/confirm`);
    case "collect":
      return client.ask("POST", "/collection", { apply: options.dryRun !== true });
    case "keys status":
      return client.ask("GET", "/key-hierarchy");
    case "keys rotate":
      if (subject === "root") return client.ask("POST", "/key-hierarchy/root/exchange");
      if (subject === "clinic")
        return client.ask("POST", `/key-hierarchy/clinics/${encodeURIComponent(tenant ?? "default")}/exchange`);
      return client.ask("POST", `/keys/${named}/rotate`);
    default:
      return client.ask("DELETE", `/${operation.split(" ")[0]}/${named}`);
  }
}

function peerOf({ role, tenant, vendor, address, certificate, ...options }: ManageOptions): Facts {
  return given({
    role,
    tenant,
    vendor,
    addresses: address,
    certificates: certificate,
    subjects: options.subject,
    services: options.service,
    sopClasses: options.sopClass,
    critical: options.critical,
    host: options.toHost,
    port: options.toPort,
  });
}

const keyOf = (name: string, { scope, role, days, tenant, vendor, address, certificate }: ManageOptions): Facts =>
  given({ name, scopes: scope, role, days, tenant, vendor, addresses: address, certificate });

/** A line for each; secrets last, with what to do with them. */
function print(answer: unknown, environment: CommandEnvironment): void {
  for (const each of Array.isArray(answer) ? answer : [answer]) {
    const facts = Object.entries(each as Facts).map(([name, value]) => `${name}=${textOf(value)}`);
    environment.stdout.write(`${facts.join(" ")}\n`);
  }
  const { password, token } = (answer ?? {}) as { password?: unknown; token?: unknown };
  if (typeof password === "string" || token) environment.stderr.write("This is shown once: hand it over safely.\n");
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
