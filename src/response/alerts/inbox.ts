/** The one inbox. Findings against the same principal within a day and a half are one alert. */
import { type Clock, HoldfastError } from "../../core/index.ts";
import type { Change, SettingsPort, Write } from "../../gate/index.ts";
import type { Finding } from "../finding.ts";
import { Ledger, type Sequence } from "../ledger.ts";
import type { Alert, AlertState, ClosureReason, Decision, Incident } from "./alert.ts";
import { incidentOf, isTogether } from "./incidents.ts";
import { merge } from "./merge.ts";

export interface InboxOptions {
  store: SettingsPort;
  clock: Clock;
  newId(): string;
  sequence: Sequence;
  /** Alerts that are kept; 10,000 when absent. */
  most?: number;
  /** What a closure tells the engine, written together with it; `days`: how long that counts. */
  verdicts?(closed: Omit<Alert, "seq">, days: number | undefined): Write[];
}

/** What was found out about an alert. */
export interface Closing {
  reason: ClosureReason;
  comment?: string;
  /** How long the engine heeds it, in the place of what is usual for the reason. */
  days?: number;
}

/** What recurs daily is one affair. */
const sameAffair = 36 * 3_600_000;
const mostAlerts = 10_000;
const mostComments = 500;
const unclosed: readonly AlertState[] = ["new", "acknowledged", "in progress"];
/** What counts as one change of a comment or alert, characters. */
const longestComment = 4_000;

type Affair = Pick<Alert, "subject" | "actors" | "together"> & { id?: string };

export class Inbox {
  readonly #ledger: Ledger<Alert>;
  readonly #options: InboxOptions;
  /** Alerts with findings that changed nothing worth an entry of its own in the journal. */
  readonly #held = new Map<string, Omit<Alert, "seq">>();
  /** Up to which journal entry each principal's findings are in the inbox. */
  readonly #heard = new Map<string, number>();

  private constructor(ledger: Ledger<Alert>, options: InboxOptions) {
    this.#ledger = ledger;
    this.#options = options;
    for (const alert of ledger.all()) this.#hear(alert);
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

  /** Of the alerts given: who sees some alerts of an incident sees what those say of it. */
  incidents(alerts = this.all()): Incident[] {
    const groups = Map.groupBy(alerts, ({ incident }) => incident);
    return [...groups].map(([id, alerts]) => incidentOf(id, alerts));
  }

  /** Whether the inbox has it: the engine repeats itself after a kill. */
  knows(finding: Finding): boolean {
    const { entry } = finding;
    return entry !== undefined && entry <= (this.#heard.get(whoseOf(finding)) ?? -1);
  }

  subscribe(listener: (alert: Alert) => void): () => void {
    return this.#ledger.subscribe(listener);
  }

  /** The alert that the finding belongs to, with all that is known by now; not yet in the inbox: see {@link put}. */
  merged(finding: Finding): { alert: Omit<Alert, "seq">; isNew: boolean } {
    const found = this.#openOf(finding);
    if (!found) return { alert: this.#fresh(finding), isNew: true };
    const alert = merge(this.#held.get(found.id) ?? found, finding, this.#options.clock());
    const oldest = this.#together(alert).find(({ raisedAt }) => raisedAt < alert.raisedAt);
    return { alert: { ...alert, incident: oldest?.incident ?? alert.incident }, isNew: false };
  }

  /** Alerts that the engine sees as one affair with it become one incident with it. */
  put(alert: Omit<Alert, "seq">, change: Change): { record: Alert; durable: Promise<void> } {
    this.#held.delete(alert.id);
    this.#hear(alert);
    this.#makeRoom(change);
    const put = this.#ledger.put(alert, change);
    const joining = new Set(this.#together(alert).map(({ incident }) => incident));
    for (const other of this.#ledger.all()) {
      if (other.incident === alert.incident || other.state === "closed" || !joining.has(other.incident)) continue;
      const known = this.#held.get(other.id) ?? other;
      this.#held.delete(other.id);
      this.#ledger.put({ ...known, incident: alert.incident }, change);
    }
    return put;
  }

  /** Counts one more finding of the same kind without an entry in the journal for each; {@link flush} makes one of many. */
  hold(alert: Omit<Alert, "seq">): void {
    this.#held.set(alert.id, alert);
    this.#hear(alert);
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

  /** What it tells the engine is in the same entry of the journal. @throws HoldfastError request/invalid */
  async close(id: string, { reason, comment, days }: Closing, change: Change): Promise<Alert> {
    const closure = { reason, by: change.by.id, at: this.#options.clock() };
    const verdicts = (alert: Omit<Alert, "seq">) => this.#options.verdicts?.({ ...alert, closure }, days) ?? [];
    const alert = this.get(id);
    if (alert) verdicts(alert); // refuses before the comment is made
    if (comment !== undefined) await this.comment(id, comment, change);
    return this.#update(id, change, () => ({ state: "closed", closure }), unclosed, verdicts);
  }

  decided(id: string, decision: Decision, change: Change): Promise<Alert> {
    return this.#update(id, change, () => ({ decision }));
  }

  /** @throws HoldfastError request/not-found, request/conflict when its state is another */
  async #update(
    id: string,
    change: Change,
    make: (alert: Omit<Alert, "seq">) => Partial<Alert>,
    from: readonly AlertState[] = unclosed,
    also: (alert: Omit<Alert, "seq">) => Write[] = () => [],
  ): Promise<Alert> {
    const alert = this.#held.get(id) ?? this.#ledger.get(id);
    if (!alert) throw new HoldfastError("request/not-found");
    if (!from.includes(alert.state)) throw new HoldfastError("request/conflict", `The alert is ${alert.state}.`);
    const next = { ...alert, ...make(alert), updatedAt: this.#options.clock() };
    const { record, durable } = this.#ledger.put(next, change, also(alert));
    this.#held.delete(id);
    await durable;
    return record;
  }

  #openOf(finding: Finding): Alert | undefined {
    const { campaign, time, review } = finding;
    return this.#ledger
      .all()
      .findLast(
        (alert) =>
          alert.state !== "closed" &&
          alert.review === review &&
          whoseOf(alert) === whoseOf(finding) &&
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
      incident: campaign ?? this.#together(finding)[0]?.incident ?? this.#incidentOf(finding, now) ?? newId(),
      state: "new",
      raisedAt: now,
      updatedAt: now,
      findings: 1,
      ...(finding.entry === undefined ? {} : { entries: [finding.entry] }),
      comments: [],
    };
  }

  /** Open alerts against others whom the engine sees at work together with it, oldest first. */
  #together(alert: Affair): Alert[] {
    const now = this.#options.clock();
    return this.#ledger
      .all()
      .filter((other) => other.state !== "closed" && now - other.updatedAt <= sameAffair && isTogether(alert, other))
      .sort((one, other) => one.raisedAt - other.raisedAt);
  }

  #hear(alert: Omit<Alert, "seq">): void {
    const { entry = -1 } = alert;
    const whose = whoseOf(alert);
    if (entry > (this.#heard.get(whose) ?? -1)) this.#heard.set(whose, entry);
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

  /** The oldest closed alert goes, else the oldest of the least risk: no flood of small ones drives out what matters. */
  #makeRoom(change: Change): void {
    if (this.#ledger.size < (this.#options.most ?? mostAlerts)) return;
    const all = this.#ledger.all();
    const least = (one: Alert, other: Alert) => (other.risk < one.risk ? other : one);
    const goes = all.find(({ state }) => state === "closed") ?? all.reduce(least);
    this.#ledger.remove(goes.id, change).catch(() => {}); // it stays in the journal, and goes at the next one
  }
}

/** Whom or what it speaks against. Everybody together is one, whoever completed it. */
const whoseOf = ({ subject: { tenant, principal }, about }: Pick<Finding, "subject" | "about">): string =>
  `${tenant}/${about ?? ""}/${about === "tenant" ? "" : principal}`;
