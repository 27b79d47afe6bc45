/** How long deletions of a clinic's are kept, and the collection of what has been kept long enough. Never by a vendor. */
import { type Retention, retentionCollection } from "../../archive/index.ts";
import { HoldfastError } from "../../core/index.ts";
import { adminEvent } from "../../gate/index.ts";
import { gateAnswers, list } from "../answers/index.ts";
import type { Services } from "../services.ts";
import { assertOfTheHouse, object, type Route, recorded, sees } from "./route.ts";

const day = 24 * 60 * 60 * 1000;
const days = object(["days"], { days: { type: "integer", minimum: 0, maximum: 36_500 } });
const apply = object([], { apply: { type: "boolean" } });

export function registerRetention(route: Route, { recovery, gate, clock }: Services): void {
  const need = () => {
    if (!recovery) throw new HoldfastError("request/unsupported", "A mirror keeps what its origin keeps.");
    return recovery;
  };
  const shown = async (tenant: string) => {
    const own = (await need().settings(retentionCollection)).get(tenant) as Retention | undefined;
    return { ...own, tenant, days: need().retentionOf(tenant) / day };
  };
  route(
    {
      method: "GET",
      url: "/retention",
      may: "retention.read",
      summary: "Days that the bytes behind a deletion stay, by clinic",
      answer: list("retention", gateAnswers.retention),
    },
    async ({ principal }) => {
      const names = gate.tenants.all().map(({ name }) => name);
      return { retention: await Promise.all(names.filter((name) => sees(principal, name)).map(shown)) };
    },
  );
  route<{ days: number }>(
    {
      method: "PUT",
      url: "/retention/:tenant",
      may: "retention.manage",
      summary: "Keep what a clinic deletes longer than configured; to make it shorter again takes two persons",
      body: days,
      answer: gateAnswers.retention,
    },
    async ({ body, parameters, principal, change, request }) => {
      assertOfTheHouse(principal);
      const tenant = parameters["tenant"]!;
      if (!gate.tenants.get(tenant) || !sees(principal, tenant)) throw new HoldfastError("request/not-found");
      const [before, floor] = [need().retentionOf(tenant) / day, need().leastRetention / day];
      if (body.days < floor)
        throw new HoldfastError("storage/retention", `The configuration says ${floor} days (retentionDays).`);
      if (body.days < before) await gate.grants.secondPerson(`retention ${tenant} ${body.days}`, change, tenant);
      const value: Retention = { days: body.days, setBy: principal.id, since: clock() };
      await need().change(adminEvent(change, clock()), [{ collection: retentionCollection, key: tenant, value }]);
      recorded(request);
      return shown(tenant);
    },
  );
  route<{ apply?: boolean } | undefined>(
    {
      method: "POST",
      url: "/collection",
      may: "collect",
      summary: "Give back the storage of what was deleted and has been kept long enough; without `apply` only told",
      body: apply,
      answer: gateAnswers.collection,
    },
    async ({ body, principal, change, request }) => {
      assertOfTheHouse(principal);
      if (!body?.apply) return need().collecting.find();
      const collection = await need().collecting.collect(adminEvent(change, clock()));
      recorded(request);
      return collection;
    },
  );
}
