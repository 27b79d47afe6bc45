/** From a finding to an alert, a decision and, where the policy says so, a containment: in one step, without waiting. */
import { type Clock, codeOf, HoldfastError } from "../core/index.ts";
import type { Action, Change, ContainmentState, SettingsPort } from "../gate/index.ts";
import { type Alert, type Decision, Inbox } from "./alerts/index.ts";
import { type ContainmentOptions, type ContainmentRecord, Containments } from "./containment/index.ts";
import { PlannedWorks, Verdicts } from "./directives/index.ts";
import type { Finding, FindingPort } from "./finding.ts";
import { Sequence } from "./ledger.ts";
import { evaluate, type Measure, type Mode, type Policy, type Verdict } from "./policy/index.ts";
import { type Affected, type Circumstances, TreatmentSessions } from "./safeguards/index.ts";

export interface ResponderOptions extends Pick<ContainmentOptions, "secondPerson"> {
  policy: Policy;
  state: ContainmentState;
  store: SettingsPort;
  clock: Clock;
  newId(): string;
  /** Everybody known, and the paths to linacs. */
  clinic(): Pick<Circumstances, "principals" | "paths" | "knowsPatientsOnTreatment">;
  /** The name under which response itself acts. */
  self: Change["by"];
  /** A record could not be made durable. */
  onTrouble?(code: string): void;
  /** The gate has it; `took`: ms since the engine's assessment, for what the engine found. */
  onContained?(record: ContainmentRecord, took?: number): void;
}

/** One step of the live stream. */
export type Happening =
  | { seq: number; type: "alert"; alert: Alert }
  | { seq: number; type: "containment"; containment: ContainmentRecord };

const leastRisk = 0.5;
/** A rise in risk. */
const noticeable = 0.05;

export class Responder implements FindingPort {
  readonly inbox: Inbox;
  readonly containments: Containments;
  /** What the engine is told by people. */
  readonly verdicts: Verdicts;
  readonly plannedWorks: PlannedWorks;
  readonly policy: Policy;
  readonly #options: ResponderOptions;
  readonly #sequence: Sequence;
  readonly #sessions: TreatmentSessions;

  private constructor(
    options: ResponderOptions,
    parts: Pick<Responder, "inbox" | "containments" | "verdicts" | "plannedWorks"> & {
      sequence: Sequence;
      sessions: TreatmentSessions;
    },
  ) {
    this.#options = options;
    this.policy = options.policy;
    this.inbox = parts.inbox;
    this.containments = parts.containments;
    this.verdicts = parts.verdicts;
    this.plannedWorks = parts.plannedWorks;
    this.#sequence = parts.sequence;
    this.#sessions = parts.sessions;
  }

  static async open(options: ResponderOptions): Promise<Responder> {
    const { clock, policy, store, newId } = options;
    const [sequence, sessions] = [new Sequence(), new TreatmentSessions()];
    const containments = await Containments.open({
      ...options,
      sequence,
      circumstances: () => ({ ...options.clinic(), treating: sessions.at(clock()) }),
      contact: () => policy.contact,
    });
    const verdicts = await Verdicts.open(store, clock);
    const plannedWorks = await PlannedWorks.open(store, clock, newId);
    const ofClosure: Verdicts["ofClosure"] = (alert, days) => verdicts.ofClosure(alert, days);
    const inbox = await Inbox.open({ ...options, sequence, verdicts: ofClosure });
    return new Responder(options, { inbox, containments, verdicts, plannedWorks, sequence, sessions });
  }

  /** Everything that the gate permits: tells who treats just now. */
  acted(who: Affected, action: Action): void {
    this.#sessions.acted(who, action, this.#options.clock());
  }

  /** The gate has what follows from it when this returns. Never throws. */
  observe(finding: Finding): void {
    try {
      this.#respond(finding);
    } catch (error) {
      this.#trouble(error);
    }
  }

  /** A person's answer to what the policy asks. @throws HoldfastError request/conflict when nothing is asked */
  async answer(id: string, accept: boolean, change: Change): Promise<Alert> {
    const alert = this.inbox.get(id);
    if (!alert) throw new HoldfastError("request/not-found");
    const asked = alert.decision?.measures.filter(({ outcome }) => outcome === "asked") ?? [];
    if (alert.state === "closed" || asked.length === 0)
      throw new HoldfastError("request/conflict", "Nothing waits for an answer.");
    const decision = alert.decision!;
    const applied: Promise<void>[] = [];
    const measures = decision.measures.map((measure) => {
      if (measure.outcome !== "asked") return measure;
      if (!accept) return { ...measure, outcome: "declined" as const };
      const { at: _, outcome: __, ...asked } = measure;
      const { record, durable } = this.#contain(alert, asked, change, change.by.id);
      applied.push(durable);
      return { ...measure, outcome: "taken" as const, containment: record.id };
    });
    await Promise.all(applied);
    return this.inbox.decided(id, { ...decision, measures }, change);
  }

  /** To be called about once a second. */
  async sweep(): Promise<void> {
    await this.containments.sweep(this.#change("containment end"));
    await this.inbox.flush(this.#change("alert"));
    await this.verdicts.sweep(this.#change("verdict end"));
    await this.plannedWorks.sweep(this.#change("planned work end"));
  }

  get lastSeq(): number {
    return this.#sequence.last;
  }

  /** What has changed behind `seq`, in order; of what changed twice the latest. */
  since(seq: number): Happening[] {
    const alerts = this.inbox.all().map((alert): Happening => ({ seq: alert.seq, type: "alert", alert }));
    const containments = this.containments
      .all()
      .map((containment): Happening => ({ seq: containment.seq, type: "containment", containment }));
    return [...alerts, ...containments].filter((each) => each.seq > seq).sort((a, b) => a.seq - b.seq);
  }

  subscribe(listener: (happening: Happening) => void): () => void {
    const leave = [
      this.inbox.subscribe((alert) => listener({ seq: alert.seq, type: "alert", alert })),
      this.containments.subscribe((containment) =>
        listener({ seq: containment.seq, type: "containment", containment }),
      ),
    ];
    return () => {
      for (const each of leave) each();
    };
  }

  #respond(finding: Finding): void {
    if ((finding.risk < leastRisk && !finding.invariant) || this.inbox.knows(finding)) return;
    const { alert, isNew } = this.inbox.merged(finding);
    const verdict = evaluate(this.policy, alert);
    const decision = verdict && this.#decide(alert, verdict, finding);
    const whole = { ...alert, ...(decision ? { decision } : {}) };
    if (!isNew && !isNews(whole, this.inbox.get(alert.id)!)) {
      this.inbox.hold(whole);
      return;
    }
    const { durable } = this.inbox.put(whole, this.#change("alert"));
    durable.catch((error) => this.#trouble(error));
  }

  #decide(alert: Omit<Alert, "seq">, { rule, mode: stated, measures }: Verdict, finding: Finding): Decision {
    const earlier = alert.decision?.measures ?? [];
    const mode = stated === "automatic" && finding.onlyAsks ? "ask" : stated;
    const now = this.#options.clock();
    const decided = measures.map((measure): Decision["measures"][number] => {
      const same = earlier.find((each) => isSame(each, measure));
      if (same && !this.#mayRepeat(same, mode)) return same;
      const at = same?.outcome === "would" ? same.at : now;
      if (mode !== "automatic") return { ...measure, outcome: mode === "ask" ? "asked" : "would", at };
      const by = `policy ${this.policy.version}: ${rule}`;
      const { record, durable } = this.#contain(alert, measure, this.#change("contain"), by);
      durable.catch((error) => this.#trouble(error));
      return { ...measure, outcome: "taken", at: now, containment: record.id };
    });
    // What an earlier rule took goes on standing, and goes on being told.
    const others = earlier.filter(
      (each) => each.outcome === "taken" && !decided.some((measure) => isSame(each, measure)),
    );
    return { policy: this.policy.version, rule, mode, measures: [...others, ...decided] };
  }

  /**
   * What a person has released or declined is not taken again for the same alert; what ended by itself is, and what waits
   * for an answer when more evidence lets the policy act by itself.
   */
  #mayRepeat({ outcome, containment }: Decision["measures"][number], mode: Mode): boolean {
    if (outcome === "would") return true;
    if (outcome === "asked") return mode === "automatic";
    if (containment === undefined) return false;
    const { state, until } = this.containments.get(containment) ?? {};
    return state === "expired" || (state === "active" && until !== undefined && until <= this.#options.clock());
  }

  #contain(alert: Omit<Alert, "seq">, measure: Verdict["measures"][number], change: Change, by: string) {
    const { subject, incident, id, assessed } = alert;
    const isOwn = change.by.id === this.#options.self.id;
    const why = alert.reasons[0]?.text ?? `risk ${alert.risk.toFixed(2)}`;
    const applied = this.containments.apply(
      {
        ...{ ...measure, reason: why.slice(0, 500), incident, alert: id, tenant: subject.tenant },
        ...(isOwn && assessed !== undefined ? { assessed } : {}),
      },
      change,
      by,
      affectedOf(subject),
    );
    const took = applied.record.assessed === undefined ? undefined : this.#options.clock() - applied.record.assessed;
    this.#options.onContained?.(applied.record, took);
    return applied;
  }

  #change(operation: string): Change {
    return { by: this.#options.self, protocol: "internal", operation };
  }

  #trouble(error: unknown): void {
    this.#options.onTrouble?.(codeOf(error));
  }
}

const isSame = (one: Measure, other: Measure): boolean =>
  one.action === other.action && one.target.kind === other.target.kind && one.target.id === other.target.id;

/** Whoever works on the alert should hear of it now. */
function isNews(alert: Omit<Alert, "seq">, before: Alert): boolean {
  return (
    alert.risk > before.risk + noticeable ||
    alert.evidence.length > before.evidence.length ||
    alert.invariant !== before.invariant ||
    JSON.stringify(alert.decision) !== JSON.stringify(before.decision)
  );
}

function affectedOf({ principal, roles, tenant, vendor, host, critical }: Finding["subject"]): Affected {
  return {
    id: principal,
    roles,
    tenant,
    ...(vendor === undefined ? {} : { vendor }),
    ...(critical === undefined ? {} : { critical }),
    ...(host === undefined ? {} : { addresses: new Set([host]) }),
  };
}
