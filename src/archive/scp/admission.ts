import { type Admission, type AssociationRequest, rejections } from "../../dimse/index.ts";
import type { DimseServiceConfig } from "./config.ts";

/** Checks the AE titles, then asks the gate. */
export function admission(config: DimseServiceConfig): (request: AssociationRequest) => Admission | Promise<Admission> {
  const ours = new Set([config.aeTitle, ...(config.views ?? []).map((view) => view.aeTitle)]);
  const known = new Set((config.peers ?? []).map((peer) => peer.aeTitle));
  return (request) => {
    const { calledAeTitle, callingAeTitle } = request.request;
    if (!config.anyCalledAeTitle && !ours.has(calledAeTitle)) return { reject: rejections.calledAeTitle };
    const stranger = !known.has(callingAeTitle);
    if (stranger && config.strangers !== "anywhere" && !isLoopback(request.peer.address)) {
      return { reject: rejections.callingAeTitle };
    }
    return config.gate ? config.gate.admit(request) : {};
  };
}

const isLoopback = (address: string): boolean => address === "::1" || address.startsWith("127.");
