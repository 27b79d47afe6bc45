/** Who did it: the part of an access event by which a principal is known. */
import { type AccessEvent, HoldfastError } from "../core/index.ts";

export const selectorKinds = ["user", "ae", "key", "vendor", "host", "certificate", "undo"] as const;
export type SelectorKind = (typeof selectorKinds)[number];

export interface Selector {
  /** Absent: any of them. */
  kind?: SelectorKind;
  name: string;
}

/** What an undo writes beside its entries, so that it can itself be named and undone. */
export const undoUid = (id: string): string => `undo:${id}`;

/** Ids of the gate's principals that name the same thing in other words. */
const synonyms: Record<string, SelectorKind> = { peer: "ae", oidc: "user" };

/** `user:anna`, `ae:CT1` (or `peer:CT1`), `key:NAME`, `vendor:acme`, `host:192.0.2.7`, `certificate:SHA256`, `undo:ID`, or a bare name. */
export function parseSelector(text: string): Selector {
  const match = /^([a-z]+):(.+)$/s.exec(text);
  const kind = match && (synonyms[match[1]!] ?? selectorKinds.find((each) => each === match[1]));
  if (kind) return { kind, name: match[2]! };
  if (text.trim() === "") throw new HoldfastError("request/invalid", "Name a principal.");
  return { name: text };
}

const names: Record<SelectorKind, (event: AccessEvent) => (string | undefined)[]> = {
  // The gate names an account by its id, `user:anna`; the command line and DIMSE by its bare name.
  user: ({ actor }) => accountNames(actor.user?.name, "user", "oidc"),
  ae: ({ actor, src_endpoint, protocol }) => [
    src_endpoint.ae_title,
    ...(protocol === "dimse" && actor.app ? [actor.app] : []),
  ],
  key: ({ actor }) =>
    actor.user?.type === "service" || actor.user?.name.startsWith("key:") ? accountNames(actor.user?.name, "key") : [],
  vendor: ({ actor }) => [actor.vendor],
  host: ({ src_endpoint }) => [src_endpoint.ip, src_endpoint.hostname],
  certificate: ({ src_endpoint }) => [src_endpoint.certificate?.fingerprint],
  undo: ({ metadata }) => [metadata?.correlation_uid?.startsWith("undo:") ? bare(metadata.correlation_uid) : undefined],
};

/** The name as it stands and, of an id of one of these kinds, what follows the colon. */
function accountNames(name: string | undefined, ...kinds: string[]): (string | undefined)[] {
  const isId = name !== undefined && kinds.some((kind) => name.startsWith(`${kind}:`));
  return isId ? [name, bare(name)] : [name];
}

const bare = (name: string): string => name.slice(name.indexOf(":") + 1);

/** Whether the event is one of any of theirs. */
export function matcher(...selectors: Selector[]): (event: AccessEvent) => boolean {
  const wanted = selectors.map(({ kind, name }) => ({ kinds: kind ? [kind] : selectorKinds, name }));
  return (event) => wanted.some(({ kinds, name }) => kinds.some((kind) => names[kind](event).includes(name)));
}

export const textOf = ({ kind, name }: Selector): string => (kind ? `${kind}:${name}` : name);
