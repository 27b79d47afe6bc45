import { HoldfastError } from "../../core/index.ts";
import type { Association } from "../association/association.ts";
import type { AcceptedContext } from "../association/info.ts";
import { commandFields, type Outcome } from "../message/index.ts";
import { sopClasses } from "../sop-classes.ts";
import { finalOutcome } from "./outcome.ts";

/** C-ECHO as SCU: PS3.7 9.1.5. Rejects when the association is lost. */
export async function echo(association: Association): Promise<Outcome> {
  const context = contextFor(association, sopClasses.verification);
  const exchange = association.request(context.id, {
    commandField: commandFields.echoRequest,
    affectedSopClassUid: sopClasses.verification,
    hasDataSet: false,
  });
  return finalOutcome(await exchange.next());
}

/** The context for an abstract syntax; throws `request/unsupported` when the peer did not accept one. */
export function contextFor(association: Association, abstractSyntax: string, transferSyntax?: string): AcceptedContext {
  const context = association.context(abstractSyntax, transferSyntax);
  if (!context) throw new HoldfastError("request/unsupported", "The peer accepted no presentation context for it.");
  return context;
}
