import { HoldfastError } from "../../core/index.ts";
import type { AcceptedContext } from "../association/info.ts";
import type { AssociationPort } from "../scp/port.ts";

/** The context for an abstract syntax; throws `request/unsupported` when the peer did not accept one. */
export function contextFor(
  association: AssociationPort,
  abstractSyntax: string,
  transferSyntax?: string,
): AcceptedContext {
  const context = association.context(abstractSyntax, transferSyntax);
  if (!context) throw new HoldfastError("request/unsupported", "The peer accepted no presentation context for it.");
  return context;
}
