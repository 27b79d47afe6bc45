import { implementationClassUid, implementationVersionName } from "../../dicom/index.ts";
import {
  type AssociateAccept,
  type AssociateRequest,
  type ContextResult,
  contextResults,
  type ProposedContext,
  type RoleSelection,
} from "../pdu/index.ts";
import type { AcceptedContext } from "./info.ts";

/** Decides on presentation contexts. */
export interface ContextPolicy {
  /** Whether the abstract syntax is served. */
  supports(abstractSyntax: string): boolean;
  /** The transfer syntax to take of those proposed, in the proposer's order; nothing when none will do. */
  choose(abstractSyntax: string, transferSyntaxes: readonly string[]): string | undefined;
  /** The roles that the requestor may take of those it proposed (PS3.7 D.3.3.4). */
  roles(proposed: RoleSelection): { scu: boolean; scp: boolean };
}

export interface Negotiated {
  accept: AssociateAccept;
  contexts: Map<number, AcceptedContext>;
}

/** The acceptor's answer to a request: each context accepted or refused (PS3.8 9.3.3.2), roles, windows. */
export function negotiate(request: AssociateRequest, policy: ContextPolicy, maximumLength: number): Negotiated {
  const roles = negotiateRoles(request, policy);
  const contexts = new Map<number, AcceptedContext>();
  const results = request.contexts.map((proposed) => {
    const result = answer(proposed, policy);
    if (result.result === contextResults.acceptance) contexts.set(proposed.id, accepted(proposed, result, roles));
    return result;
  });
  const { protocolVersion, applicationContext, calledAeTitle, callingAeTitle, userInformation } = request;
  return {
    contexts,
    accept: {
      protocolVersion: protocolVersion & 1,
      applicationContext,
      calledAeTitle,
      callingAeTitle,
      contexts: results,
      userInformation: {
        maximumLength,
        implementationClassUid,
        implementationVersionName,
        ...(userInformation.asynchronousOperations && { asynchronousOperations: { invoked: 1, performed: 1 } }),
        roles: [...roles.values()],
        extended: [],
        commonExtended: [],
      },
    },
  };
}

function answer(proposed: ProposedContext, policy: ContextPolicy): ContextResult {
  const refuse = (result: number): ContextResult => ({
    id: proposed.id,
    result,
    transferSyntax: proposed.transferSyntaxes[0] ?? "",
  });
  if (!policy.supports(proposed.abstractSyntax)) return refuse(contextResults.abstractSyntaxNotSupported);
  const transferSyntax = policy.choose(proposed.abstractSyntax, proposed.transferSyntaxes);
  if (!transferSyntax) return refuse(contextResults.transferSyntaxesNotSupported);
  return { id: proposed.id, result: contextResults.acceptance, transferSyntax };
}

function negotiateRoles(request: AssociateRequest, policy: ContextPolicy): Map<string, RoleSelection> {
  const roles = new Map<string, RoleSelection>();
  for (const proposed of request.userInformation.roles) {
    if (!policy.supports(proposed.sopClassUid)) continue;
    const may = policy.roles(proposed);
    const agreed = { scu: proposed.scu && may.scu, scp: proposed.scp && may.scp };
    roles.set(proposed.sopClassUid, { sopClassUid: proposed.sopClassUid, ...agreed });
  }
  return roles;
}

/** Without role selection the requestor is the SCU (PS3.7 D.3.3.4). */
function accepted(
  proposed: { id: number; abstractSyntax: string },
  result: ContextResult,
  roles: ReadonlyMap<string, RoleSelection>,
): AcceptedContext {
  const { id, abstractSyntax } = proposed;
  const role = roles.get(abstractSyntax);
  return {
    id,
    abstractSyntax,
    transferSyntax: result.transferSyntax,
    requestorScu: role?.scu ?? true,
    requestorScp: role?.scp ?? false,
  };
}

/** The requestor's view of an acceptance: the contexts it may use, by ID. */
export function acceptedContexts(request: AssociateRequest, accept: AssociateAccept): Map<number, AcceptedContext> {
  const proposed = new Map(request.contexts.map((context) => [context.id, context]));
  const roles = new Map(accept.userInformation.roles.map((role) => [role.sopClassUid, role]));
  const contexts = new Map<number, AcceptedContext>();
  for (const result of accept.contexts) {
    const context = proposed.get(result.id);
    if (!context || result.result !== contextResults.acceptance) continue;
    if (context.transferSyntaxes.includes(result.transferSyntax)) {
      contexts.set(result.id, accepted(context, result, roles));
    }
  }
  return contexts;
}
