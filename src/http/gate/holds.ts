/** Legal holds of the clinic of who asks. One person sets a hold, two lift it, and never a vendor. */
import { type LegalHold, legalHolds } from "../../archive/index.ts";
import { HoldfastError } from "../../core/index.ts";
import { adminEvent, defaultTenant, type Principal } from "../../gate/index.ts";
import { gateAnswers, list } from "../answers/index.ts";
import type { Services } from "../services.ts";
import { assertOfTheHouse, object, type Route, recorded, text } from "./route.ts";

type Body = Pick<LegalHold, "patientId" | "studyUid" | "reason">;

const stated = object(["reason"], {
  patientId: text(64),
  studyUid: { type: "string", pattern: "^[0-9.]{1,64}$" },
  reason: { type: "string", minLength: 8, maxLength: 1000 },
});

export function registerHolds(route: Route, { archive, gate, clock }: Services): void {
  const of = async (principal: Principal): Promise<[key: string, hold: LegalHold][]> =>
    [...((await archive.settings(legalHolds)) as ReadonlyMap<string, LegalHold>)].filter(
      ([, hold]) => hold.tenant === principal.tenant,
    );
  route(
    {
      method: "GET",
      url: "/holds",
      may: "holds.read",
      summary: "Legal holds",
      answer: list("holds", gateAnswers.hold),
    },
    async ({ principal }) => ({
      holds: (await of(principal)).map(([, hold]) => hold),
    }),
  );
  route<Body>(
    {
      method: "PUT",
      url: "/holds/:id",
      may: "holds.manage",
      summary: "Set a legal hold on a patient or a study: nobody deletes it",
      body: stated,
      answer: gateAnswers.hold,
    },
    async ({ body, parameters, principal, change, request }) => {
      assertOfTheHouse(principal);
      const id = parameters["id"]!;
      if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(id) || (body.patientId === undefined) === (body.studyUid === undefined))
        throw new HoldfastError("request/invalid", "Name the hold in small letters, and either patientId or studyUid.");
      // A hold is never changed in place: that would lift it for what it covered before.
      if ((await of(principal)).some(([, hold]) => hold.id === id)) throw new HoldfastError("request/conflict");
      const hold: LegalHold = { id, tenant: principal.tenant, ...body, setBy: principal.id, since: clock() };
      await archive.change(adminEvent(change, clock()), [{ collection: legalHolds, key: keyOf(hold), value: hold }]);
      recorded(request);
      return hold;
    },
  );
  route(
    { method: "DELETE", url: "/holds/:id", may: "holds.manage", summary: "Lift a legal hold, by two persons" },
    async ({ parameters, principal, change, request }) => {
      assertOfTheHouse(principal);
      const [key, hold] = (await of(principal)).find(([, { id }]) => id === parameters["id"]) ?? [];
      if (!key || !hold) throw new HoldfastError("request/not-found");
      await gate.grants.secondPerson(`holds lift ${hold.id}`, change);
      await archive.change(adminEvent(change, clock()), [{ collection: legalHolds, key, value: null }]);
      recorded(request);
    },
  );
}

/** Clinics choose their ids without knowing of each other. */
const keyOf = ({ tenant, id }: LegalHold): string => (tenant === defaultTenant ? id : `${tenant}/${id}`);
