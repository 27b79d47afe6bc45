/** Accounts and API keys. Nobody gives rights that reach further than their own. */

import { HoldfastError } from "../../core/index.ts";
import { type Action, type NewKey, type Principal, personRoles, platformRoles, type Role } from "../../gate/index.ts";
import { gateAnswers, list } from "../answers/index.ts";
import type { Services } from "../services.ts";
import { object, type Route, recorded, sees, text, texts, visible, within } from "./route.ts";

interface UserBody {
  roles: Role[];
  tenant?: string;
  display?: string;
  vendor?: string;
  disabled?: boolean;
  subject?: string;
  password?: string;
}

const role = { type: "string", enum: [...personRoles] };

const user = object(["roles"], {
  roles: { type: "array", minItems: 1, maxItems: 8, items: role },
  tenant: text(63),
  display: text(128),
  vendor: text(128),
  disabled: { type: "boolean" },
  subject: text(255),
  password: text(1024),
});

/** Platform roles come from administrators alone. @throws HoldfastError gate/role */
function mayGive(principal: Principal, roles: readonly Role[]): void {
  if (roles.some((each) => platformRoles.has(each)) && !principal.roles.includes("administrator"))
    throw new HoldfastError("gate/role", `Only an administrator gives the roles ${[...platformRoles].join(" and ")}.`);
}

export function registerUsers(route: Route, services: Services): void {
  const { gate } = services;
  /** Of an account that exists: within reach. Those of other tenants are not there. */
  const reach = (principal: Principal, name: string): void => {
    const known = gate.users.get(name);
    if (!known || !sees(principal, known.tenant)) throw new HoldfastError("request/not-found");
    within(services, principal, "users.manage", known.tenant);
    mayGive(principal, known.roles);
  };
  route(
    {
      method: "GET",
      url: "/users",
      may: "users.read",
      summary: "The accounts",
      answer: list("users", gateAnswers.user),
    },
    ({ principal }) => ({
      users: visible(gate.users.all(), principal),
    }),
  );
  route<UserBody>(
    {
      method: "PUT",
      url: "/users/:name",
      may: "users.manage",
      summary: "Add or change an account",
      answer: gateAnswers.user,
      body: user,
    },
    async ({ body, parameters, principal, change, request }) => {
      const { password, ...facts } = body;
      const name = parameters["name"]!;
      const known = gate.users.get(name);
      // Names are unique in the archive: that one is taken cannot be hidden.
      if (known) within(services, principal, "users.manage", known.tenant);
      if (known) mayGive(principal, known.roles);
      const tenant = facts.tenant ?? principal.tenant;
      within(services, principal, "users.manage", tenant);
      mayGive(principal, facts.roles);
      await gate.users.put({ ...facts, name, tenant }, change);
      if (password !== undefined) await gate.users.setPassword(name, password, change);
      gate.sessions.endAll((session) => password !== undefined && session.principal.id === `user:${name}`);
      recorded(request);
      return gate.users.get(name);
    },
  );
  route<{ password: string }>(
    {
      method: "POST",
      url: "/users/:name/password",
      may: "users.manage",
      summary: "Set an account's password; its logins end",
      body: object(["password"], { password: text(1024) }),
    },
    async ({ body, parameters, principal, change, request }) => {
      const name = parameters["name"]!;
      reach(principal, name);
      await gate.users.setPassword(name, body.password, change);
      gate.sessions.endAll((session) => session.principal.id === `user:${name}`);
      recorded(request);
    },
  );
  route(
    {
      method: "POST",
      url: "/users/:name/totp",
      may: "users.manage",
      summary: "A new secret for the authenticator app, told once",
      answer: gateAnswers.totp,
    },
    async ({ parameters, principal, change, request }) => {
      reach(principal, parameters["name"]!);
      const name = parameters["name"]!;
      const told = await gate.users.resetTotp(name, change);
      gate.sessions.endAll((session) => session.principal.id === `user:${name}`);
      recorded(request);
      return told;
    },
  );
  route(
    { method: "DELETE", url: "/users/:name", may: "users.manage", summary: "Remove an account" },
    async ({ parameters, principal, change, request }) => {
      reach(principal, parameters["name"]!);
      await gate.users.remove(parameters["name"]!, change);
      gate.sessions.endAll((session) => session.principal.id === `user:${parameters["name"]}`);
      recorded(request);
    },
  );
}

interface KeyBody {
  name: string;
  role?: Role;
  scopes: Action[];
  tenant?: string;
  vendor?: string;
  addresses?: string[];
  days?: number;
  certificate?: string;
}

const key = object(["name", "scopes"], {
  name: text(64),
  role,
  scopes: { ...texts(64), minItems: 1 },
  tenant: text(63),
  vendor: text(128),
  addresses: texts(),
  days: { type: "number", exclusiveMinimum: 0, maximum: 400 },
  certificate: text(64),
});
const day = 24 * 3_600_000;

export function registerKeys(route: Route, services: Services): void {
  const { gate, clock } = services;
  const reach = (principal: Principal, id: string): void => {
    const known = gate.keys.get(id);
    if (!known || !sees(principal, known.tenant)) throw new HoldfastError("request/not-found");
    within(services, principal, "keys.manage", known.tenant);
    mayGive(principal, [known.role]);
  };
  route(
    {
      method: "GET",
      url: "/keys",
      may: "keys.read",
      summary: "The API keys, without their secrets",
      answer: list("keys", gateAnswers.key),
    },
    ({ principal }) => ({
      keys: visible(gate.keys.all(), principal),
    }),
  );
  route<KeyBody>(
    {
      method: "POST",
      url: "/keys",
      may: "keys.manage",
      summary: "Make a key; its token is told once",
      answer: gateAnswers.keyTold,
      body: key,
    },
    async ({ body, principal, change, request }) => {
      const { days = 90, role: asked = "service", tenant = principal.tenant, ...rest } = body;
      within(services, principal, "keys.manage", tenant);
      mayGive(principal, [asked]);
      const made: NewKey = { ...rest, role: asked, tenant, expiresAt: clock() + days * day };
      const told = await gate.keys.add(made, change);
      recorded(request);
      return told;
    },
  );
  route(
    {
      method: "POST",
      url: "/keys/:id/rotate",
      may: "keys.manage",
      summary: "A new token in the place of the old",
      answer: gateAnswers.keyTold,
    },
    async ({ parameters, principal, change, request }) => {
      reach(principal, parameters["id"]!);
      const told = await gate.keys.rotate(parameters["id"]!, change);
      recorded(request);
      return told;
    },
  );
  route(
    { method: "DELETE", url: "/keys/:id", may: "keys.manage", summary: "Remove a key" },
    async ({ parameters, principal, change, request }) => {
      reach(principal, parameters["id"]!);
      await gate.keys.remove(parameters["id"]!, change);
      recorded(request);
    },
  );
}
