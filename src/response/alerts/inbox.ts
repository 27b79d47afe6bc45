/** The one inbox. Findings against the same principal within a day and a half are one alert; of one campaign, one incident. */
import { type Clock, HoldfastError } from "../../core/index.ts";
import type { Change, SettingsPort } from "../../gate/index.ts";
import type { Finding } from "../finding.ts";
import { Ledger, type Sequence } from "../ledger.ts";
import type { Alert, AlertState, ClosureReason, Decision, Incident } from "./alert.ts";

export interface InboxOptions {
  store: SettingsPort;
  clock: Clock;
  newId(): string;
  sequence: Sequence;
  /** What a person has found out, for the engine. */
  feedback?(alert: Alert): void;
}

/** What recurs daily is one affair. */
const sameAffair = 36 * 3_600_000;
const mostAlerts = 10_000;
const mostEvents = 256;
const mostReasons = 12;
const mostComments = 500;
/** What counts as one change of a comment or alert, characters. */
const longestComment = 4_000;

export class Inbox {
  readonly #ledger: Ledger<Alert>;
  readonly #options: InboxOptions;
  /** Alerts with findings that changed nothing worth an entry of its own in the journal. */
  readonly #held = new Map<string, Omit<Alert, "seq">>();

  private constructor(ledger: Ledger<Alert>, options: InboxOptions) {
    this.#ledger = ledger;
    this.#options = options;
  }

  static async open(options: InboxOptions): Promise<Inbox> {
    const { store, clock, sequence } = options;
    return new Inbox(await Ledger.open("alerts", store, clock, sequence), options);
  }

  get(id: string): Alert | undefined {
    return this.#ledger.get(id);
  }

  /** Latest first. */
  all(): Alert[] {
    return this.#ledger.all().sort((one, other) => other.seq - one.seq);
  }

  incidents(): Incident[] {
    const groups = Map.groupBy(this.all(), ({ incident }) => incident);
    return [...groups].map(([id, alerts]) => incidentOf(id, alerts));
  }

  subscribe(listener: (alert: Alert) => void): () => void {
    return this.#ledger.subscribe(listener);
  }

  /** The alert that the finding belongs to, with all that is known by now; not yet in the inbox: see {@link put}. */
  merged(finding: Finding): { alert: Omit<Alert, "seq">; isNew: boolean } {
    const found = this.#openOf(finding);
    if (!found) return { alert: this.#fresh(finding), isNew: true };
    const open = this.#held.get(found.id) ?? found;
    const alert = {
      ...open,
      updatedAt: this.#options.clock(),
      findings: open.findings + 1,
      risk: Math.max(open.risk, finding.risk),
      invariant: open.invariant || finding.invariant,
      automatic: open.automatic === true || finding.automatic === true,
      evidence: [...new Set([...open.evidence, ...finding.evidence])],
      reasons: merge(open.reasons, finding.reasons),
      subject: { ...open.subject, ...finding.subject },
      ...(finding.technique ? { technique: finding.technique } : {}),
      ...(finding.objects === undefined ? {} : { objects: Math.max(open.objects ?? 0, finding.objects) }),
      events: [...new Set([...(open.events ?? []), ...(finding.events ?? [])])].slice(-mostEvents),
    };
    return { alert, isNew: false };
  }

  put(alert: Omit<Alert, "seq">, change: Change): { record: Alert; durable: Promise<void> } {
    this.#held.delete(alert.id);
    this.#makeRoom(change);
    return this.#ledger.put(alert, change);
  }

  /** Counts one more finding of the same kind without an entry in the journal for each; {@link flush} makes one of many. */
  hold(alert: Omit<Alert, "seq">): void {
    this.#held.set(alert.id, alert);
  }

  async flush(change: Change): Promise<void> {
    await Promise.all([...this.#held.values()].map((alert) => this.put(alert, change).durable));
  }

  acknowledge(id: string, change: Change): Promise<Alert> {
    return this.#update(id, change, () => ({ state: "acknowledged" }), ["new"]);
  }

  /** Whoever it is assigned to is at work on it. */
  assign(id: string, assignee: string, change: Change): Promise<Alert> {
    return this.#update(id, change, () => ({ state: "in progress", assignee }));
  }

  comment(id: string, text: string, change: Change): Promise<Alert> {
    if (text.trim() === "" || text.length > longestComment)
      throw new HoldfastError("request/invalid", `A comment has 1 to ${longestComment} characters.`);
    const at = this.#options.clock();
    return this.#update(id, change, ({ comments }) => {
      if (comments.length >= mostComments) throw new HoldfastError("request/too-large", "Too many comments.");
      return { comments: [...comments, { by: change.by.id, at, text }] };
    });
  }

  async close(id: string, reason: ClosureReason, comment: string | undefined, change: Change): Promise<Alert> {
    if (comment !== undefined) await this.comment(id, comment, change);
    const closure = { reason, by: change.by.id, at: this.#options.clock() };
    const closed = await this.#update(id, change, () => ({ state: "closed", closure }));
    this.#options.feedback?.(closed);
    return closed;
  }

  decided(id: string, decision: Decision, change: Change): Promise<Alert> {
    return this.#update(id, change, () => ({ decision }));
  }

  /** @throws HoldfastError request/not-found, request/conflict when its state is another */
  async #update(
    id: string,
    change: Change,
    make: (alert: Omit<Alert, "seq">) => Partial<Alert>,
    from: AlertState[] = ["new", "acknowledged", "in progress"],
  ): Promise<Alert> {
    const alert = this.#held.get(id) ?? this.#ledger.get(id);
    this.#held.delete(id);
    if (!alert) throw new HoldfastError("request/not-found");
    if (!from.includes(alert.state)) throw new HoldfastError("request/conflict", `The alert is ${alert.state}.`);
    const { record, durable } = this.#ledger.put(
      { ...alert, ...make(alert), updatedAt: this.#options.clock() },
      change,
    );
    await durable;
    return record;
  }

  #openOf({ subject, about, campaign, time }: Finding): Alert | undefined {
    return this.#ledger
      .all()
      .findLast(
        (alert) =>
          alert.state !== "closed" &&
          alert.about === about &&
          (about === "tenant" || alert.subject.principal === subject.principal) &&
          alert.subject.tenant === subject.tenant &&
          (campaign === undefined || alert.incident === campaign) &&
          Math.abs(time - alert.updatedAt) < sameAffair,
      );
  }

  #fresh({ campaign, ...finding }: Finding): Omit<Alert, "seq"> {
    const { clock, newId } = this.#options;
    const now = clock();
    return {
      ...finding,
      id: newId(),
      incident: campaign ?? this.#incidentOf(finding, now) ?? newId(),
      state: "new",
      raisedAt: now,
      updatedAt: now,
      findings: 1,
      comments: [],
    };
  }

  /** Without the engine's word, alerts against one vendor or from one address at the same time are one affair. */
  #incidentOf({ subject }: Omit<Finding, "campaign">, now: number): string | undefined {
    return this.#ledger.all().findLast((alert) => {
      if (alert.state === "closed" || now - alert.updatedAt > sameAffair) return false;
      const { vendor, host, tenant } = alert.subject;
      if (vendor !== undefined && vendor === subject.vendor) return true;
      return host !== undefined && host === subject.host && tenant === subject.tenant;
    })?.incident;
  }

  /** The oldest closed alert goes, else the oldest. */
  #makeRoom(change: Change): void {
    if (this.#ledger.size < mostAlerts) return;
    const all = this.#ledger.all();
    const oldest = all.find(({ state }) => state === "closed") ?? all[0]!;
    this.#ledger.remove(oldest.id, change).catch(() => {}); // it stays in the journal, and goes at the next one
  }
}

function merge(known: Alert["reasons"], more: Alert["reasons"]): Alert["reasons"] {
  const latest = new Map([...known, ...more].map((reason) => [reason.detector, reason]));
  return [...latest.values()].slice(0, mostReasons);
}

function incidentOf(id: string, alerts: Alert[]): Incident {
  return {
    id,
    open: alerts.some(({ state }) => state !== "closed"),
    risk: Math.max(...alerts.map(({ risk }) => risk)),
    since: Math.min(...alerts.map(({ raisedAt }) => raisedAt)),
    updatedAt: Math.max(...alerts.map(({ updatedAt }) => updatedAt)),
    alerts: alerts.map((alert) => alert.id),
    subjects: [...new Set(alerts.map(({ subject }) => subject.principal))],
    techniques: [...new Set(alerts.flatMap(({ technique }) => technique ?? []))],
  };
}
