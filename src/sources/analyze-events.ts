/**
 * `analyze` for formats that become access events, in bounded memory. What a log's files hold is often not in order of
 * time (regions, hosts and nodes write files of their own), so a first reading finds out; if it is not, the events are
 * sorted before they are scored.
 */
import type { EventEngine } from "../behaviour/index.ts";
import type { AccessEvent } from "../core/index.ts";
import type { AnalyzeOptions, AnalyzeSummary } from "./analysis.ts";
import type { RecordFormat } from "./formats/format.ts";
import { identified } from "./identities.ts";
import { readEvents } from "./read-events.ts";
import type { AlertLine } from "./score-lines.ts";
import { TimeOrder } from "./time-order.ts";

/** Lines gathered before they are written. */
const batch = 4_096;

export async function analyzeEvents(
  options: AnalyzeOptions,
  format: RecordFormat,
  engine: EventEngine,
): Promise<AnalyzeSummary> {
  const { events, outOfOrder } = await inspect(options, format);
  const run = new EventRun(options, format, engine, outOfOrder);
  await (outOfOrder === 0 ? run.asItComes() : run.sorted(events));
  return run.summary;
}

/** Work is told as bytes of the input: half for this reading, half for the one that scores. */
async function inspect(
  { files, onProgress, zone }: AnalyzeOptions,
  format: RecordFormat,
): Promise<{ events: number; outOfOrder: number }> {
  const found = { events: 0, outOfOrder: 0 };
  let latest = "";
  await readEvents(files, format, {
    onEvent: (event) => {
      if (!event) return;
      found.events++;
      if (event.time < latest) found.outOfOrder++;
      else latest = event.time;
    },
    onRead: (bytes) => onProgress?.(bytes / 2, 0),
    zone,
  });
  return found;
}

class EventRun {
  readonly summary: AnalyzeSummary;
  readonly #options: AnalyzeOptions;
  readonly #format: RecordFormat;
  readonly #engine: EventEngine;
  #scores: string[] = [];
  #alerts: string[] = [];

  constructor(options: AnalyzeOptions, format: RecordFormat, engine: EventEngine, outOfOrder: number) {
    this.#options = options;
    this.#format = format;
    this.#engine = engine;
    this.summary = { events: 0, broken: 0, outOfOrder, alerts: 0 };
  }

  async asItComes(): Promise<void> {
    const { size, onProgress } = this.#work();
    await readEvents(this.#options.files, this.#format, {
      onEvent: (event, index) => this.#take(event, () => this.#scores.push(this.#assess(event!, index))),
      onChunk: () => this.#flush(batch),
      onRead: (bytes) => onProgress((size + bytes) / 2),
      zone: this.#options.zone,
    });
    await this.#flush(0);
  }

  async sorted(count: number): Promise<void> {
    using order = new TimeOrder();
    const { size, onProgress } = this.#work();
    await readEvents(this.#options.files, this.#format, {
      onEvent: (event, index) => this.#take(event, () => order.add(event!, index)),
      onRead: (bytes) => onProgress(size / 2 + bytes / 4),
      zone: this.#options.zone,
    });
    for (const { index, event } of order.events()) {
      order.keep(index, this.#assess(event, index));
      if (this.summary.events % batch === 0) onProgress(size * (3 / 4 + this.summary.events / count / 4));
    }
    for (const line of order.lines()) {
      this.#scores.push(line);
      await this.#flush(batch);
    }
    await this.#flush(0);
  }

  #work(): { size: number; onProgress: (bytes: number) => void } {
    const { files, onProgress } = this.#options;
    const size = files.reduce((sum, file) => sum + file.size, 0);
    return { size, onProgress: (bytes) => onProgress?.(bytes, this.summary.events) };
  }

  #take(event: AccessEvent | undefined, then: () => void): void {
    if (event) then();
    else this.summary.broken++;
  }

  /** @returns the line of the event */
  #assess(told: AccessEvent, index: number): string {
    const { identities } = this.#options;
    const event = identities ? identified(told, identities) : told;
    const { score, actor, reasons, technique, alarm } = this.#engine.assess(event, index);
    this.summary.events++;
    if (alarm) {
      const line: AlertLine = {
        time: event.time,
        i: index,
        entity: alarm.entity,
        actors: alarm.actors,
        events: alarm.events,
        risk: Math.round(alarm.risk * 10_000) / 10_000,
        technique: technique ?? "T1078",
        reasons,
        action: alarm.action,
      };
      this.#alerts.push(JSON.stringify(line));
      this.summary.alerts++;
    }
    const rounded = Math.round(score * 10_000) / 10_000;
    return JSON.stringify({ i: index, time: event.time, score: rounded, actor, reasons });
  }

  /** Writes once at least `least` lines are waiting. */
  async #flush(least: number): Promise<void> {
    if (this.#scores.length === 0 || this.#scores.length < least) return;
    await this.#options.scores(Buffer.from(`${this.#scores.join("\n")}\n`));
    this.#scores = [];
    if (this.#alerts.length > 0) await this.#options.alerts?.(Buffer.from(`${this.#alerts.join("\n")}\n`));
    this.#alerts = [];
  }
}
