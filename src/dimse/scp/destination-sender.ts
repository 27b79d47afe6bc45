import { HoldfastError } from "../../core/index.ts";
import type { Association } from "../association/association.ts";
import { type AssociateOptions, associate } from "../association/requestor.ts";
import type { Outcome } from "../message/index.ts";
import { store } from "../scu/store.ts";
import type { Destination } from "./handlers.ts";
import type { RetrievedItem } from "./retrieved-item.ts";

type ContextProposal = { abstractSyntax: string; transferSyntaxes: string[] };

const mostContexts = 128;
/** After so many failed attempts in a row a destination is given up. */
const mostFailures = 2;

/** As whom, and for whom when it is a C-MOVE. */
export interface SenderOptions
  extends Pick<AssociateOptions, "callingAeTitle" | "signal" | "timeouts" | "environment"> {
  originator?: { aeTitle: string; messageId: number };
}

/**
 * Sends instances to one destination. A presentation context has one transfer syntax, that of the stored object,
 * so that nothing need be transcoded; where there are more than 128 pairs of SOP class and transfer syntax,
 * they are spread over several associations.
 */
export class DestinationSender {
  readonly #destination: Destination;
  readonly #options: SenderOptions;
  readonly #groups: ContextProposal[][] = [];
  readonly #groupOf = new Map<string, number>();
  readonly #associations = new Map<number, Association>();
  #failures = 0;

  constructor(
    { items, destination }: { items: readonly RetrievedItem[]; destination: Destination },
    options: SenderOptions,
  ) {
    this.#destination = destination;
    this.#options = options;
    for (const item of items) this.#propose(item);
  }

  /** Rejects when the instance could not be sent. */
  async send(item: RetrievedItem): Promise<Outcome> {
    const association = await this.#associationFor(item);
    return store(association, item, this.#options.originator);
  }

  async close(): Promise<void> {
    const open = [...this.#associations.values()].filter((association) => !association.over);
    await Promise.allSettled(open.map((association) => association.release()));
  }

  #propose(item: RetrievedItem): void {
    const pair = pairOf(item);
    if (this.#groupOf.has(pair)) return;
    const group = Math.floor(this.#groupOf.size / mostContexts);
    this.#groupOf.set(pair, group);
    this.#groups[group] ??= [];
    this.#groups[group].push({ abstractSyntax: item.sopClassUid, transferSyntaxes: [item.transferSyntaxUid] });
  }

  async #associationFor(item: RetrievedItem): Promise<Association> {
    const group = this.#groupOf.get(pairOf(item))!;
    const open = this.#associations.get(group);
    if (open && !open.over) return open;
    if (this.#failures >= mostFailures) throw new HoldfastError("association/connect", "The destination was given up.");
    try {
      const association = await this.#open(this.#groups[group]!);
      this.#associations.set(group, association);
      this.#failures = 0;
      return association;
    } catch (error) {
      this.#failures++;
      throw error;
    }
  }

  #open(contexts: ContextProposal[]): Promise<Association> {
    const { aeTitle, host, port, tls } = this.#destination;
    const { originator: _, ...options } = this.#options;
    return associate({ ...options, host, port, contexts, calledAeTitle: aeTitle, ...(tls && { tls }) });
  }
}

const pairOf = (item: RetrievedItem): string => `${item.sopClassUid} ${item.transferSyntaxUid}`;
