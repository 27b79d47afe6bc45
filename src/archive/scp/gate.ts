/** The gate at the DICOM door: an association becomes a principal, each of its operations is decided. */
import type { ErrorCode } from "../../core/index.ts";
import { type AssociateReject, type AssociationRequest, type Operation, rejections } from "../../dimse/index.ts";
import { type Decision, type Gate, type Principal, shortMessage } from "../../gate/index.ts";
import type { DimseGate } from "./config.ts";
import { printable } from "./context.ts";

/** What the gate said of an association that it refused. */
export type Refused = { reject: AssociateReject; code: ErrorCode; reason?: string };

/** Where denials are told to administrators; a pino logger fits. */
export interface DenialLog {
  warn(facts: object, message: string): void;
}

export function dimseGate(gate: Gate, log?: DenialLog): DimseGate {
  return {
    admit(request) {
      const admission = admit(gate, request);
      if ("code" in admission) {
        const { code, reason } = admission;
        const facts = {
          code,
          aeTitle: printable(request.request.callingAeTitle),
          address: request.peer.address,
          reason,
        };
        log?.warn(facts, "association refused");
      }
      return admission;
    },
    decide: (action, operation, object, again) => {
      const principal = gate.refreshed(principalOf(operation));
      const decision = again ? gate.decideAgain(principal, action, object) : gate.decide(principal, action, object);
      if (decision.effect === "deny")
        log?.warn({ association: operation.association.id, code: decision.code, reason: decision.reason }, "denied");
      return decision;
    },
    isOfTreatment: async (action, operation, patients) => {
      const principal = gate.refreshed(principalOf(operation));
      const restraint = gate.restraint(principal, action);
      return restraint !== undefined && gate.onTreatment.has(principal.tenant, await patients(), restraint.since);
    },
    destination: (aeTitle, { association }) => {
      const { tenant } = (association.principal as Principal | undefined) ?? {};
      const peer = gate.peers.get(aeTitle);
      if (!peer?.host || !peer.port || peer.tenant !== tenant) return undefined;
      return { peer: { aeTitle, host: peer.host, port: peer.port }, decision: gate.mayReceive(peer) };
    },
  };
}

function admit(gate: Gate, { request, peer }: AssociationRequest): { principal: Principal } | Refused {
  const resolved = gate.peers.resolve({
    aeTitle: request.callingAeTitle,
    address: peer.address,
    ...(peer.tls?.certificate && { certificate: peer.tls.certificate }),
    at: gate.now(),
  });
  if ("refused" in resolved) return { reject: rejections.callingAeTitle, code: resolved.refused };
  const principal = gate.refreshed(resolved);
  // Whoever treats may come in to read the data of patients on treatment, and no others.
  const decision = gate.decide(principal, "associate", { onTreatment: gate.onTreatment.knows(principal.tenant) });
  if (decision.effect === "deny") return { reject: rejections.noReason, code: decision.code, reason: decision.reason };
  return { principal };
}

const principalOf = ({ association }: Operation): Principal => association.principal as Principal;

/** The status of a denial: out of resources where trying again later helps, else not authorized (PS3.7 C.4.2). */
export function refusalOf(decision: Decision, busy: number, notAuthorized: number) {
  if (decision.effect !== "deny") return undefined;
  const status = decision.code === "gate/rate-limit" ? busy : notAuthorized;
  return { status, code: decision.code, comment: shortMessage(decision) };
}
