/**
 * The engine at work: follows the durable journal, assesses every entry once and in order, hands over what is
 * remarkable, and keeps snapshots. Whatever its state is after entry n, a plain replay of n entries gives the same.
 */
import type { Assessment, EventEngine } from "../../behaviour/index.ts";
import type { AccessEvent, Clock } from "../../core/index.ts";
import type { JournalTail } from "../../vault/index.ts";
import { type Assessed, assessEntry, isRemarkable } from "./assess.ts";
import type { Remark } from "./feed.ts";
import type { Figures } from "./figures.ts";
import type { FromEngine, SnapshotPolicy } from "./protocol.ts";
import type { SnapshotFacts } from "./snapshot-file.ts";

export interface FollowerHost {
  now: Clock;
  post(message: FromEngine): void;
  /** Resolves when messages that wait have been handled, after so many ms at least. */
  pause(milliseconds: number): Promise<void>;
  save(facts: SnapshotFacts, state: Uint8Array): Promise<void>;
}

export interface FollowerOptions {
  engine: EventEngine;
  tail: JournalTail;
  figures: Figures;
  host: FollowerHost;
  /** `archive` and `engine` of the snapshots. */
  identity: Pick<SnapshotFacts, "archive" | "engine">;
  snapshots: SnapshotPolicy;
  /** Entries before this one were durable when the process began to watch. */
  liveFrom: number;
  /** The engine began anew, not at a snapshot. */
  fresh: boolean;
}

/** Remarks under way to their listeners; beyond, it waits for them. */
const mostUnderWay = 1_024;
/** ms that a remark waits for others of the same reading. */
const gathered = 2;

export class Follower {
  readonly #options: FollowerOptions;
  #since = 0;
  #savedAt: number;
  #kept: { position: number; facts: SnapshotFacts; state: Uint8Array; saved: PromiseWithResolvers<void> } | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#savedAt = options.host.now();
    options.figures.set("position", options.tail.position);
    options.figures.set("memory", options.engine.bytes);
  }

  get position(): number {
    return this.#options.tail.position;
  }

  /** Assesses some of the durable entries. @throws HoldfastError storage/corrupt */
  async step(durable: number): Promise<void> {
    const { tail, host, figures, engine } = this.#options;
    const entries = await tail.read(durable);
    let remarks: Remark[] = [];
    for (const entry of entries) {
      const assessed = assessEntry(engine, entry);
      if (!assessed) continue;
      this.#count(entry.seq, assessed);
      const { event, assessment } = assessed;
      if (!assessment || !isRemarkable(assessment)) continue;
      remarks.push(this.#remark(entry, event, assessment));
      if (!assessment.alarm && host.now() - remarks[0]!.assessed < gathered) continue;
      await this.#handOver(remarks); // whoever is to be contained is so while the rest is read
      remarks = [];
    }
    figures.set("position", tail.position);
    figures.set("memory", engine.bytes);
    this.#since += entries.length;
    await this.#handOver(remarks);
    this.#maybeSnapshot(tail.position === durable, host.now());
  }

  /** The listeners have dealt with all before `position`. */
  keep(position: number): void {
    const kept = this.#kept;
    if (!kept || kept.position !== position) return;
    const { host, figures } = this.#options;
    host.save(kept.facts, kept.state).then(
      () => {
        figures.set("snapshot", position);
        this.#kept = undefined;
        kept.saved.resolve();
      },
      () => {
        this.#kept = undefined; // a full disk, say: the next try comes with the next snapshot
        kept.saved.resolve();
      },
    );
  }

  /** A last snapshot, durable when it resolves. */
  async end(): Promise<void> {
    await this.#kept?.saved.promise;
    if (this.#since === 0) return;
    await this.#snapshot();
  }

  #remark({ seq, time }: { seq: number; time: number }, event: AccessEvent, assessment: Assessment): Remark {
    const live = this.#isLive(seq);
    const reread = !live && this.#options.fresh;
    return { seq, journaled: time, assessed: this.#options.host.now(), event, assessment, live, reread };
  }

  #isLive(seq: number): boolean {
    return seq >= this.#options.liveFrom;
  }

  #count(seq: number, { event, assessment }: Assessed): void {
    const { figures, host } = this.#options;
    const now = host.now();
    const began = Date.parse(event.time);
    figures.add("events", 1);
    if (!assessment) figures.add("failed", 1);
    if (began > figures.get("lastEvent")) figures.set("lastEvent", began);
    figures.set("lastAssessed", now);
    if (this.#isLive(seq) && began > 0) figures.took(Math.max(0, now - began - (event.duration ?? 0)));
    if (!assessment || !isRemarkable(assessment)) return;
    figures.add("remarks", 1);
    if (!assessment.alarm) return;
    figures.add("alerts", 1);
    figures.set("lastAlert", now);
  }

  async #handOver(remarks: Remark[]): Promise<void> {
    const { host, figures } = this.#options;
    if (remarks.length === 0) return;
    figures.add("posted", remarks.length);
    host.post({ type: "remarks", remarks });
    while (figures.get("posted") - figures.get("delivered") > mostUnderWay) await host.pause(5);
  }

  #maybeSnapshot(caughtUp: boolean, now: number): void {
    const { events, milliseconds } = this.#options.snapshots;
    if (this.#kept || this.#since === 0) return;
    if (this.#since >= events || (caughtUp && now - this.#savedAt >= milliseconds)) void this.#snapshot();
  }

  #snapshot(): Promise<void> {
    const { engine, tail, host, figures, identity } = this.#options;
    const [events, failed, remarks, alerts] = (["events", "failed", "remarks", "alerts"] as const).map((name) =>
      figures.get(name),
    ) as [number, number, number, number];
    const { position } = tail;
    const facts = { ...identity, position, leaf: tail.leaf.toString("base64"), events, failed, remarks, alerts };
    const saved = Promise.withResolvers<void>();
    this.#kept = { position, facts, state: engine.snapshot(), saved };
    this.#since = 0;
    this.#savedAt = host.now();
    host.post({ type: "snapshot", position });
    return saved.promise;
  }
}
