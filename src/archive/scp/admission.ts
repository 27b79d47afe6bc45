import type { ErrorCode } from "../../core/index.ts";
import { type Admission, type AssociationRequest, rejections } from "../../dimse/index.ts";
import type { DimseGate, DimseServiceConfig } from "./config.ts";

/** Checks the called AE title, then asks the gate; without one the calling title is looked up in the configuration. */
export function admission(
  config: DimseServiceConfig,
  codes: WeakMap<object, ErrorCode>,
): (request: AssociationRequest) => Admission | Promise<Admission> {
  const ours = new Set([config.aeTitle, ...(config.views ?? []).map((view) => view.aeTitle)]);
  const known = new Set((config.peers ?? []).map((peer) => peer.aeTitle));
  return (request): Admission | Promise<Admission> => {
    const { calledAeTitle, callingAeTitle } = request.request;
    if (!config.anyCalledAeTitle && !ours.has(calledAeTitle)) return { reject: rejections.calledAeTitle };
    if (config.gate) return admitted(config.gate, request, codes);
    const stranger = !known.has(callingAeTitle);
    if (stranger && config.strangers !== "anywhere" && !isLoopback(request.peer.address)) {
      return { reject: rejections.callingAeTitle };
    }
    return {};
  };
}

async function admitted(
  gate: DimseGate,
  request: AssociationRequest,
  codes: WeakMap<object, ErrorCode>,
): Promise<Admission> {
  const admission = await gate.admit(request);
  if (admission.code) codes.set(request.request, admission.code);
  return admission;
}

const isLoopback = (address: string): boolean => address === "::1" || address.startsWith("127.");
