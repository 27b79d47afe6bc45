/** What people tell the behaviour engine, over HTTP: verdicts on alerts, and planned work. */

import { type Activity, activities, HoldfastError } from "../../core/index.ts";
import type { Principal } from "../../gate/index.ts";
import type { PlannedWorkRecord, Responder, VerdictRecord } from "../../response/index.ts";
import { list, responseAnswers } from "../answers/index.ts";
import { object, type Route, recorded, text, texts, visible, within } from "../gate/route.ts";
import type { Services } from "../services.ts";

export function registerVerdicts(route: Route, services: Services, { verdicts }: Responder): void {
  route(
    {
      method: "GET",
      url: "/verdicts",
      may: "alerts.read",
      summary: "What closed alerts tell the behaviour engine",
      answer: list("verdicts", responseAnswers.verdict),
    },
    ({ principal }) => ({ verdicts: visible(verdicts.all(), principal).map(shownVerdict) }),
  );
  route(
    { method: "DELETE", url: "/verdicts/:id", may: "alerts.manage", summary: "Take a verdict back from the engine" },
    async ({ parameters, principal, change, request }) => {
      const { id, tenant } = known(verdicts.get(parameters["id"]!), principal);
      within(services, principal, "alerts.manage", tenant);
      await verdicts.undo(id, change);
      recorded(request);
    },
  );
}

interface WorkBody {
  names: string[];
  hosts: string[];
  activities: Activity[];
  from?: string;
  until: string;
  reason: string;
  tenant?: string;
}

const moment = { type: "string", format: "date-time" } as const;
const work = object(["names", "hosts", "activities", "until", "reason"], {
  names: { ...texts(100), minItems: 1 },
  hosts: { ...texts(100), minItems: 1 },
  activities: { type: "array", minItems: 1, items: { type: "string", enum: [...activities] } },
  from: moment,
  until: moment,
  reason: { type: "string", minLength: 8, maxLength: 500 },
  tenant: text(63),
});

export function registerPlannedWork(route: Route, services: Services, { plannedWorks }: Responder): void {
  route(
    {
      method: "GET",
      url: "/planned-work",
      may: "alerts.read",
      summary: "Announced work, going on or to come",
      answer: list("plannedWork", responseAnswers.plannedWork),
    },
    ({ principal }) => ({ plannedWork: visible(plannedWorks.all(), principal).map(shownWork) }),
  );
  route<WorkBody>(
    {
      method: "POST",
      url: "/planned-work",
      may: "alerts.manage",
      summary: "Announce work: the engine counts what it covers for little, and nothing else",
      answer: responseAnswers.plannedWork,
      body: work,
    },
    async ({ body, principal, change, request }) => {
      const { from, until, tenant = principal.tenant, ...facts } = body;
      within(services, principal, "alerts.manage", tenant);
      if (facts.names.some((name) => services.gate.isSelf(principal, name)))
        throw new HoldfastError("gate/second-person", "Somebody else announces what one does oneself.");
      const begins = from === undefined ? services.clock() : Date.parse(from);
      const asked = { ...facts, tenant, from: begins, until: Date.parse(until) };
      const announced = await plannedWorks.announce(asked, change);
      recorded(request);
      return shownWork(announced);
    },
  );
  route(
    { method: "DELETE", url: "/planned-work/:id", may: "alerts.manage", summary: "End or call off announced work" },
    async ({ parameters, principal, change, request }) => {
      const { id, tenant } = known(plannedWorks.get(parameters["id"]!), principal);
      within(services, principal, "alerts.manage", tenant);
      await plannedWorks.end(id, change);
      recorded(request);
    },
  );
}

/** @throws HoldfastError request/not-found, as for one that is not there */
function known<T extends { tenant: string }>(record: T | undefined, principal: Principal): T {
  if (!record || visible([record], principal).length === 0) throw new HoldfastError("request/not-found");
  return record;
}

/** Times as everywhere in the API: ms since 1970. */
const shownVerdict = ({ expires, ...record }: VerdictRecord) => ({ ...record, until: expires * 1000 });

const shownWork = ({ from, to, ...record }: PlannedWorkRecord) => ({
  ...record,
  from: from * 1000,
  until: to * 1000,
});
