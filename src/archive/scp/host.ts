import { type Clock, codeOf, type ErrorCode, errorCodes } from "../../core/index.ts";
import {
  type AssociateOptions,
  type Environment,
  type Operation,
  StatusError,
  statuses,
  systemEnvironment,
} from "../../dimse/index.ts";
import { type ActionObject, type Decision, defaultTenant, type Principal } from "../../gate/index.ts";
import type { Archive, InstanceRef, Target } from "../types.ts";
import { type DimseAction, gateActions } from "./action.ts";
import { type CommitmentTimes, type DimsePeer, type DimseServiceConfig, defaultCommitmentTimes } from "./config.ts";
import { contextOf } from "./context.ts";
import { eventOf, statusOf } from "./events.ts";
import { DimseFigures } from "./figures.ts";
import { refusalOf } from "./gate.ts";
import { Views } from "./views.ts";

/** What the services of one archive share. */
export class ServiceHost {
  readonly archive: Archive;
  readonly config: DimseServiceConfig;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly commitmentTimes: CommitmentTimes;
  readonly views: Views;
  readonly figures = new DimseFigures();
  readonly #peers: Map<string, DimsePeer>;
  readonly #waits = new Set<() => void>();
  /** Why the gate refused an association, until that is recorded. */
  readonly refusalCodes = new WeakMap<object, ErrorCode>();
  closing = false;

  constructor(archive: Archive, config: DimseServiceConfig) {
    this.archive = archive;
    this.config = config;
    this.environment = config.environment ?? systemEnvironment();
    this.clock = this.environment.clock;
    this.commitmentTimes = { ...defaultCommitmentTimes, ...config.commitment };
    this.views = new Views(config.views);
    this.#peers = new Map((config.peers ?? []).map((peer) => [peer.aeTitle, peer]));
  }

  /** Ends every wait: the service closes. */
  stopWaiting(): void {
    this.closing = true;
    for (const wake of this.#waits) wake();
  }

  peer(aeTitle: string): DimsePeer | undefined {
    return this.#peers.get(aeTitle);
  }

  /** The title an association asked for: what was found in a view is retrieved from that view. */
  ownTitle({ association }: Operation): string {
    return this.views.has(association.calledAeTitle) ? association.calledAeTitle : this.config.aeTitle;
  }

  /** How to reach a peer as ourselves. */
  associateOptions(peer: DimsePeer): Omit<AssociateOptions, "contexts"> {
    const { aeTitle, host, port, tls } = peer;
    return {
      host,
      port,
      calledAeTitle: aeTitle,
      callingAeTitle: this.config.aeTitle,
      environment: this.environment,
      ...(tls && { tls }),
      ...(this.config.timeouts && { timeouts: this.config.timeouts }),
    };
  }

  /** As of when an operation reads: of the present unless the title called is a view's. */
  momentOf(service: string, operation: Operation): { at?: number } {
    const moment = this.views.momentOf(operation, this.clock());
    if (moment.at !== undefined) this.figures.pastReads.add({ service });
    return moment;
  }

  /** What a reading operation is about, as far as the decision depends on it. @param target what it names; undefined: anything */
  async objectOf(action: DimseAction, operation: Operation, target: () => Target | undefined): Promise<ActionObject> {
    const patients = async () => {
      const named = target();
      if (!named) return [];
      const { sopInstanceUid, seriesUid, studyUid, patientId } = named;
      if (patientId !== undefined && !sopInstanceUid && !seriesUid && !studyUid) return [patientId];
      return [...new Set((await this.archiveOf(operation).resolve(named)).map((ref) => ref.patientId))];
    };
    const onTreatment = await this.config.gate?.isOfTreatment?.(gateActions[action], operation, patients);
    return onTreatment ? { onTreatment } : {};
  }

  /** Asks the gate, then checks the request itself. A refusal by either is recorded and thrown on. */
  permit<T>(action: DimseAction, operation: Operation, check: (decision?: Decision) => T, object?: ActionObject): T {
    try {
      const decision = this.config.gate?.decide(gateActions[action], operation, object);
      if (decision) this.#refuse(action, decision);
      this.views.assertReads(action, operation);
      return check(decision);
    } catch (error) {
      if (error instanceof StatusError) this.recordRefused(action, operation, error);
      throw error;
    }
  }

  /**
   * Decides again within an operation: what was contained meanwhile goes no further.
   * @param counts it is as good as another operation, where a containment limits how many there are
   * @throws StatusError
   */
  still(action: DimseAction, operation: Operation, counts = false, object?: ActionObject): Decision | undefined {
    const decision = this.config.gate?.decide(gateActions[action], operation, object, !counts);
    if (decision) this.#refuse(action, decision);
    return decision;
  }

  #refuse(action: DimseAction, decision: Decision): void {
    const busy =
      action === "move" || action === "get" ? statuses.unableToPerformSubOperations : statuses.outOfResources;
    const refusal = refusalOf(decision, busy, statuses.notAuthorized);
    if (refusal) throw new StatusError(refusal.status, refusal.code, undefined, { comment: refusal.comment });
  }

  /** Else nothing of it is sent: A702, out of resources, says to try again (PS3.4 C.4.2.1.5). Recorded. */
  assertHere(action: "move" | "get", operation: Operation, archive: Archive, refs: InstanceRef[]): void {
    try {
      archive.assertHere(refs);
    } catch (error) {
      const comment = errorCodes[codeOf(error)].slice(0, 64);
      const refusal = new StatusError(statuses.unableToPerformSubOperations, codeOf(error), undefined, { comment });
      this.recordRefused(action, operation, refusal);
      throw refusal;
    }
  }

  /** The archive as the clinic of the association's principal sees it. */
  archiveOf({ association }: Operation): Archive {
    const tenant = (association.principal as Principal | undefined)?.tenant;
    return tenant === undefined ? this.archive : this.archive.tenant(tenant);
  }

  /** Where objects may be sent to on behalf of an operation: registered peers of its tenant, or configured ones. */
  destination(aeTitle: string, operation: Operation): DimsePeer | undefined {
    const registered = this.config.gate?.destination?.(aeTitle, operation);
    if (registered) {
      this.#refuse("move", registered.decision);
      return registered.peer;
    }
    const tenant = (operation.association.principal as Principal | undefined)?.tenant ?? defaultTenant;
    return tenant === defaultTenant ? this.peer(aeTitle) : undefined;
  }

  recordRefused(action: DimseAction, operation: Operation, { status, code }: StatusError): void {
    const now = this.clock();
    this.archive.record({
      ...eventOf(contextOf(operation.association, operationNames[action]), activities[action], now, now),
      ...statusOf({ status, code }),
    });
  }

  /** Resolves after so many ms, or at once when the service closes. */
  wait(milliseconds: number): Promise<void> {
    if (milliseconds === 0 || this.closing) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waits.delete(wake);
        cancel();
        resolve();
      };
      const cancel = this.environment.timers.after(milliseconds, wake);
      this.#waits.add(wake);
    });
  }
}

const operationNames: Record<DimseAction, string> = {
  echo: "C-ECHO",
  store: "C-STORE",
  find: "C-FIND",
  move: "C-MOVE",
  get: "C-GET",
  commit: "N-ACTION",
  report: "N-EVENT-REPORT",
};

const activities = {
  echo: "echo",
  store: "create",
  find: "query",
  move: "read",
  get: "read",
  commit: "commit",
  report: "commit",
} as const satisfies Record<DimseAction, string>;
