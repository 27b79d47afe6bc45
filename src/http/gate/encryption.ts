/** The hierarchy of keys: what there is, and the exchange of clinics' keys and the root key. Never by a vendor. */
import type { KeyKeeping } from "../../archive/index.ts";
import { HoldfastError } from "../../core/index.ts";
import { adminEvent } from "../../gate/index.ts";
import { gateAnswers } from "../answers/index.ts";
import type { Services } from "../services.ts";
import { assertOfTheHouse, type Managed, type Route, recorded } from "./route.ts";

export function registerEncryption(route: Route, { recovery, clock }: Services): void {
  const answer = gateAnswers.keyHierarchy;
  const need = (): KeyKeeping => {
    if (!recovery) throw new HoldfastError("request/unsupported", "A mirror has no keys of its own to exchange.");
    return recovery.keeping;
  };
  route(
    {
      method: "GET",
      url: "/key-hierarchy",
      may: "encryption.read",
      summary: "Keys of the clinics and the root, and whether a new copy of the key file is due",
      answer,
    },
    () => need().state(),
  );
  const exchange = async ({ principal, change, request }: Managed<unknown, unknown>, tenant?: string) => {
    assertOfTheHouse(principal);
    const what = tenant === undefined ? { of: "root" as const } : { of: "clinic" as const, tenant };
    await need().exchange(adminEvent(change, clock()), what);
    recorded(request);
    return need().state();
  };
  route(
    {
      method: "POST",
      url: "/key-hierarchy/root/exchange",
      may: "encryption.manage",
      summary: "A new root key: the clinics' keys are wrapped anew, and a new copy of the key file is due",
      answer,
    },
    (managed) => exchange(managed),
  );
  route<undefined, { tenant: string }>(
    {
      method: "POST",
      url: "/key-hierarchy/clinics/:tenant/exchange",
      may: "encryption.manage",
      summary: "A new key for a clinic: its patients' keys are wrapped anew, no object is rewritten",
      answer,
    },
    (managed) => exchange(managed, managed.parameters.tenant),
  );
}
