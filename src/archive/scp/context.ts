import { type Actor, type Endpoint, stranger } from "../../core/index.ts";
import type { AssociationInfo, AssociationRequest, Peer, UserIdentity } from "../../dimse/index.ts";
import { defaultTenant, type Principal } from "../../gate/index.ts";
import type { RequestContext } from "../types.ts";

/** Who asks, over what: for the access events of one operation. */
export function contextOf(association: AssociationInfo, operation: string): RequestContext {
  const principal = association.principal as Principal | undefined;
  return {
    actor: { ...actorOf(association.callingAeTitle, association.userIdentity, association.id), ...vendorOf(principal) },
    src: sourceOf(association.peer, association.callingAeTitle),
    dst: destinationOf(association.local, association.calledAeTitle),
    protocol: "dimse",
    operation,
    ...(principal && principal.tenant !== defaultTenant && { tenant: principal.tenant }),
  };
}

const vendorOf = (principal: Principal | undefined): Pick<Actor, "vendor"> =>
  principal?.vendor === undefined ? {} : { vendor: principal.vendor };

/** The same for an association that was refused. @param isProved the title is its own: it was refused for something else */
export function contextOfRefused({ request, peer, local }: AssociationRequest, isProved: boolean): RequestContext {
  const actor = actorOf(request.callingAeTitle, request.userInformation.userIdentity);
  return {
    actor: isProved ? actor : { ...actor, user: { ...stranger } },
    src: sourceOf(peer, request.callingAeTitle),
    dst: destinationOf(local, request.calledAeTitle),
    protocol: "dimse",
    operation: "A-ASSOCIATE",
  };
}

function actorOf(callingAeTitle: string, identity: UserIdentity | undefined, session?: string): Actor {
  const claimed = identity && claimOf(identity);
  return { app: printable(callingAeTitle), ...(session && { session }), ...(claimed && { claimed_user: claimed }) };
}

/** Types 1 and 2 are names; tickets, assertions and tokens are secrets and stay out (PS3.7 D.3.3.7). */
function claimOf(identity: UserIdentity): string | undefined {
  if (identity.type !== 1 && identity.type !== 2) return undefined;
  return printable(Buffer.from(identity.primary).toString("utf8")).slice(0, 256);
}

function sourceOf(peer: Peer, aeTitle: string): Endpoint {
  const { tls } = peer;
  return {
    ip: peer.address,
    port: peer.port,
    ae_title: printable(aeTitle),
    ...(tls && { tls: `${tls.protocol} ${tls.cipher}` }),
    ...(tls?.certificate && { certificate: tls.certificate }),
  };
}

function destinationOf(local: { address: string; port: number }, aeTitle: string): Endpoint {
  return { ip: local.address, port: local.port, ae_title: printable(aeTitle) };
}

/** A stranger's text in an event or on a screen has no control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
export const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
