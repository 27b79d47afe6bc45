/** The writer: the only owner of segments, journal and the writable catalogue. Runs on a thread of its own. */
import { codeOf, rfc3339 } from "../../core/index.ts";
import { collectSteps } from "./collect.ts";
import { appendRecords } from "./commit.ts";
import type { IngestRules } from "./ingest.ts";
import { Intake } from "./intake.ts";
import { type ExchangeStores, exchangeSteps, settleRoot, unfinishedSteps } from "./key-exchange.ts";
import type { OpenStores } from "./open.ts";
import type { JournalPosition, ToWriter } from "./protocol.ts";
import { Rounds, type WriterHost } from "./rounds.ts";
import type { SlotMemory } from "./slots.ts";

export class WriterService {
  readonly #stores: OpenStores;
  readonly #host: WriterHost;
  readonly #rounds: Rounds;
  readonly #intake: Intake;
  #closing = false;

  constructor(stores: OpenStores, host: WriterHost, rules: IngestRules, slots: SlotMemory) {
    this.#stores = stores;
    this.#host = host;
    this.#rounds = new Rounds(stores, host);
    const { queue } = this.#rounds;
    const freed = (): void => host.post({ type: "freed" });
    this.#intake = new Intake({ segments: stores.segments, rules, slots, now: host.now, queue, freed });
    this.#rounds.steps(unfinishedSteps(this.#keeping()));
  }

  get position(): JournalPosition {
    return this.#rounds.position;
  }

  handle(message: ToWriter): void {
    if (this.#closing) return;
    const { queue } = this.#rounds;
    switch (message.type) {
      case "bytes":
        this.#intake.bytes(message);
        break;
      case "abort":
        this.#intake.abort(message.id);
        break;
      case "events":
        queue.record(...message.events.map((event) => ({ kind: "access" as const, event })));
        break;
      case "delete":
        queue.record({ kind: "delete", event: message.event, target: message.target });
        queue.call({ call: message.call, commit: false });
        break;
      case "state":
        queue.record({ kind: "state", event: message.event, changes: message.changes });
        queue.call({ call: message.call, commit: false });
        break;
      case "release":
        this.#rounds.release(message);
        break;
      case "discard":
        queue.record({
          kind: "discard",
          event: message.event,
          entries: message.entries,
          retainUntil: message.retainUntil,
        });
        queue.call({ call: message.call, commit: false });
        break;
      case "amend":
        this.#rounds.amend(message.call, message.amendments);
        break;
      case "exchange":
        this.#rounds.steps(exchangeSteps(this.#keeping(), message.event, message.exchange), message.call);
        break;
      case "collect":
        this.#collect(message);
        break;
      case "settle":
        this.#rounds.steps(async () => {
          await settleRoot(this.#keeping());
          return false;
        }, message.call);
        break;
      case "flush":
      case "commit":
        queue.call({ call: message.call, commit: message.type === "commit" });
        break;
      case "close":
        this.#closing = true;
        void this.#close(message.call);
    }
  }

  #collect({ call, event, candidates }: Extract<ToWriter, { type: "collect" }>): void {
    let collected: number[] = [];
    const steps = collectSteps({ ...this.#stores, now: this.#host.now }, event, candidates, (segments) => {
      collected = segments;
    });
    this.#rounds.steps(steps, call, () => ({ collected }));
  }

  #keeping(): ExchangeStores {
    return { ...this.#stores, now: this.#host.now };
  }

  async #close(call: number): Promise<void> {
    try {
      await this.#rounds.close(() => this.#end());
      this.#host.post({ type: "reply", call, position: this.position });
    } catch (error) {
      this.#host.post({ type: "reply", call, error: { code: codeOf(error) }, position: this.position });
    }
  }

  async #end(): Promise<void> {
    const { now } = this.#host;
    try {
      await this.#intake.close();
      await appendRecords({ ...this.#stores, now }, [{ kind: "access", event: systemEvent("stop", now()) }]);
      this.#stores.catalogue.commit();
    } finally {
      await this.#stores.close();
    }
  }
}

export function systemEvent(activity: "start" | "stop", now: number) {
  return {
    time: rfc3339(now),
    activity,
    status: "success" as const,
    protocol: "internal" as const,
    operation: activity,
    actor: {},
    src_endpoint: {},
  };
}
