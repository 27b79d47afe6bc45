import {
  DimseServer,
  type Operation,
  type Outcome,
  type ServiceHandlers,
  StatusError,
  statuses,
} from "../../dimse/index.ts";
import type { Archive } from "../types.ts";
import { admission } from "./admission.ts";
import { type LiveAssociation, liveOf, recordClosed, recordOpened, recordRefused } from "./associations.ts";
import type { CommitmentRequest, CommitmentResult } from "./commitment/data.ts";
import { commit } from "./commitment/provider.ts";
import { CommitmentRequestor } from "./commitment/requestor.ts";
import type { DimseServiceConfig } from "./config.ts";
import { contextOf } from "./context.ts";
import { eventOf } from "./events.ts";
import type { DimseFigures } from "./figures.ts";
import { findMatches } from "./find.ts";
import { ServiceHost } from "./host.ts";
import { contextPolicy } from "./policy.ts";
import { getInstances, moveInstances } from "./retrieve.ts";
import { storeInstance } from "./store.ts";

/** The DICOM side of an archive. */
export interface DimseService {
  /** Opens every configured listener; rejects with `association/connect`. */
  listen(): Promise<{ host: string; port: number }[]>;
  associations(): LiveAssociation[];
  readonly figures: DimseFigures;
  /** Asks a peer for storage commitment; see {@link CommitmentRequestor.request}. */
  requestCommitment(peerAeTitle: string, request: CommitmentRequest, timeout: number): Promise<CommitmentResult>;
  /** Takes no more associations, lets running operations end, cuts off the rest after `deadline` ms. */
  close(deadline?: number): Promise<void>;
}

export function createDimseService(archive: Archive, config: DimseServiceConfig): DimseService {
  return new Service(new ServiceHost(archive, config));
}

class Service implements DimseService {
  readonly #host: ServiceHost;
  readonly figures: DimseFigures;
  readonly #server: DimseServer;
  readonly #commitments: CommitmentRequestor;

  constructor(host: ServiceHost) {
    const { config } = host;
    this.#host = host;
    this.figures = host.figures;
    this.#commitments = new CommitmentRequestor(host);
    this.#server = new DimseServer({
      handlers: handlers(host, this.#commitments),
      policy: contextPolicy(config.acceptSopClasses ?? []),
      admit: admission(config, host.refusalCodes),
      environment: host.environment,
      ...(config.limits && { limits: config.limits }),
      ...(config.timeouts && { timeouts: config.timeouts }),
      observer: {
        opened: (association) => recordOpened(host, association),
        refused: (request, reject) => recordRefused(host, request, reject),
        closed: (association) => recordClosed(host, association),
        answered: (commandField, status) => host.figures.answered(commandField, status),
      },
    });
  }

  listen(): Promise<{ host: string; port: number }[]> {
    return Promise.all(this.#host.config.listeners.map((listener) => this.#server.listen(listener)));
  }

  associations(): LiveAssociation[] {
    return this.#server.associations().map(liveOf);
  }

  requestCommitment(peerAeTitle: string, request: CommitmentRequest, timeout: number): Promise<CommitmentResult> {
    const peer = this.#host.peer(peerAeTitle);
    if (!peer) throw new StatusError(statuses.moveDestinationUnknown, "request/not-found", "No such peer.");
    return this.#commitments.request(peer, request, timeout);
  }

  async close(deadline?: number): Promise<void> {
    this.#host.stopWaiting();
    await this.#server.close(deadline);
  }
}

const handlers = (host: ServiceHost, commitments: CommitmentRequestor): ServiceHandlers => ({
  echo: (operation) => echo(host, operation),
  store: (request, operation) => storeInstance(host, request, operation),
  find: (identifier, operation) => findMatches(host, identifier, operation),
  get: (identifier, operation) => getInstances(host, identifier, operation),
  move: (request, operation) => moveInstances(host, request, operation),
  action: (request, operation) => commit(host, request, operation),
  eventReport: async (report, operation) =>
    host.permit("report", operation, () => commitments.reported(report, operation.association.callingAeTitle)),
});

function echo(host: ServiceHost, operation: Operation): Outcome {
  return host.permit("echo", operation, () => {
    const now = host.clock();
    host.archive.record(eventOf(contextOf(operation.association, "C-ECHO"), "echo", now, now));
    return { status: statuses.success };
  });
}
