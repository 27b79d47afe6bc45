/** Response as a configuration describes it: policy, alerts, containment, and messages out. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Logger } from "pino";
import type { OpenArchive } from "../../archive/index.ts";
import { type Clock, codeOf } from "../../core/index.ts";
import { defaultTenant, type Gate, type Principal } from "../../gate/index.ts";
import {
  clinicOf,
  type Destination,
  defaultPolicy,
  emailDestination,
  loadPolicy,
  Responder,
  ResponseFigures,
  type Route,
  Router,
  subjectOfAccount,
  syslogDestination,
  watchGrants,
  webhookDestination,
} from "../../response/index.ts";
import type { Config } from "../config/index.ts";
import type { RouteConfig } from "../config/routes.ts";
import type { CommandEnvironment } from "../program/environment.ts";
import { version } from "../program/version.ts";

/** How often what ends by itself is noted, ms. */
const sweepEvery = 1_000;

/** The name under which response acts by itself. */
export const self: Principal = {
  id: "response",
  kind: "service",
  name: "response",
  roles: [],
  tenant: defaultTenant,
  method: "local",
  authenticatedAt: 0,
};

export interface RunningResponse extends AsyncDisposable {
  responder: Responder;
  router: Router;
  figures: ResponseFigures;
}

/** What stood before a stop or kill stands at the gate when this resolves. @throws HoldfastError config/invalid */
export async function startResponse(
  archive: OpenArchive,
  gate: Gate,
  config: Config,
  environment: CommandEnvironment,
  log: Logger,
): Promise<RunningResponse> {
  const { clock } = environment;
  const trouble = (code: string) => log.error({ code }, "response could not record what it did");
  const running: { router?: Router } = {};
  const figures = new ResponseFigures(() => running.router?.waiting() ?? new Map());
  const responder = await Responder.open({
    policy: config.response.policy === undefined ? defaultPolicy : await loadPolicy(config.response.policy),
    state: gate.containments,
    store: archive,
    clock,
    newId: environment.newId,
    clinic: () => clinicOf(gate),
    self,
    secondPerson: (...asked) => gate.grants.secondPerson(...asked),
    onTrouble: trouble,
    onContained: ({ id, action, target, by, because }, took) => {
      log.warn({ containment: id, action, kind: target.kind, by, because }, "contained");
      if (took !== undefined) figures.took(took);
    },
  });
  watchGrants({
    grants: gate.grants,
    responder,
    self,
    subjectOf: (principal, tenant) => subjectOfAccount(principal, tenant, gate),
    now: clock,
    onTrouble: (error) => trouble(codeOf(error)),
  });
  const router = await Router.start({
    responder,
    routes: config.response.routes.map((route) => routeOf(route, clock)),
    store: archive,
    clock,
    self,
    onDelivered: (route) => figures.sent(route, "delivered"),
    onFailure: (route, code) => {
      figures.sent(route, "failed");
      log.warn({ route, code }, "a message could not be delivered; it is tried again");
    },
  });
  running.router = router;
  const timer = setInterval(() => void responder.sweep().catch((error) => trouble(codeOf(error))), sweepEvery).unref();
  return {
    responder,
    router,
    figures,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await router.close();
      await responder.sweep().catch((error) => trouble(codeOf(error)));
    },
  };
}

function routeOf(config: RouteConfig, clock: Clock): Route {
  return { name: config.name, leastRisk: config.leastRisk, destination: destinationOf(config, clock) };
}

function destinationOf(config: RouteConfig, clock: Clock): Destination {
  const sender = { version: version(), hostname: hostname() };
  const file = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path));
  const given = <K extends string>(name: K, bytes: Buffer | undefined) => (bytes ? { [name]: bytes } : {});
  const ca = given("ca", file(config.ca));
  const { host = "", port, body, url = "", allowPrivate, tls, user, from = "", to } = config;
  switch (config.type) {
    case "syslog": {
      const own = { ...given("cert", file(config.cert)), ...given("key", file(config.key)) };
      return syslogDestination({ host, port: port ?? 6514, body, tls: { ...ca, ...own } }, sender);
    }
    case "webhook":
      return webhookDestination({ url, secret: file(config.secretFile)!, allowPrivate, ...ca }, sender, clock);
    case "email": {
      const pass = file(config.secretFile)?.toString("utf8").trim();
      const auth = user === undefined ? {} : { auth: { user, pass: pass ?? "" } };
      return emailDestination({ host, port: port ?? 465, tls, from, to, ...ca, ...auth }, sender);
    }
  }
}
