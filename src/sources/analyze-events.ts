/** `analyze` for formats that become access events: reads, scores and writes, one pass, bounded memory. */
import type { EventEngine } from "../behaviour/index.ts";
import type { AccessEvent } from "../core/index.ts";
import type { AnalyzeOptions, AnalyzeSummary } from "./analyze.ts";
import { chunksOf, type InputFile } from "./files.ts";
import type { RecordFormat } from "./formats/format.ts";
import { JsonValues } from "./json-values.ts";
import { TextLines } from "./lines.ts";
import type { AlertLine } from "./score-lines.ts";
import { XmlMessages } from "./xml-messages.ts";

/** Lines gathered before they are written. */
const batch = 4_096;

export async function analyzeEvents(
  options: AnalyzeOptions,
  format: RecordFormat,
  engine: EventEngine,
): Promise<AnalyzeSummary> {
  const run = new EventRun(options, format, engine);
  let before = 0;
  for (const file of options.files) {
    const reader = run.reader(file);
    for await (const chunk of chunksOf(file, (read) => options.onProgress?.(before + read, run.summary.events))) {
      reader.push(chunk);
      await run.flush(batch);
    }
    reader.end();
    before += file.size;
  }
  await run.flush(0);
  return run.summary;
}

class EventRun {
  readonly summary: AnalyzeSummary = { events: 0, broken: 0, outOfOrder: 0, alerts: 0 };
  readonly #options: AnalyzeOptions;
  readonly #format: RecordFormat;
  readonly #engine: EventEngine;
  #scores: string[] = [];
  #alerts: string[] = [];
  #index = 0;
  #latest = "";

  constructor(options: AnalyzeOptions, format: RecordFormat, engine: EventEngine) {
    this.#options = options;
    this.#format = format;
    this.#engine = engine;
  }

  reader(file: InputFile): JsonValues | XmlMessages | TextLines {
    const { records } = this.#format;
    const format = this.#format.ofFile?.(file) ?? this.#format;
    const onRecord = (record: unknown) => this.#record(format, record);
    const onBroken = () => this.#broken();
    if (records === "lines") return new TextLines(onRecord);
    return records === "json" ? new JsonValues(onRecord, onBroken) : new XmlMessages(records.xml, onRecord, onBroken);
  }

  #record(format: Pick<RecordFormat, "events">, record: unknown): void {
    const events = format.events(record);
    if (!events) this.#broken();
    else for (const event of events) event ? this.#event(event, this.#index++) : this.#broken();
  }

  #broken(): void {
    this.summary.broken++;
    this.#index++;
  }

  #event(event: AccessEvent, index: number): void {
    if (event.time < this.#latest) this.summary.outOfOrder++;
    else this.#latest = event.time;
    const { score, actor, reasons, technique, alarm } = this.#engine.assess(event, index);
    const rounded = Math.round(score * 10_000) / 10_000;
    this.#scores.push(JSON.stringify({ i: index, time: event.time, score: rounded, actor, reasons }));
    this.summary.events++;
    if (!alarm) return;
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

  /** Writes once at least `least` lines are waiting. */
  async flush(least: number): Promise<void> {
    if (this.#scores.length === 0 || this.#scores.length < least) return;
    await this.#options.scores(Buffer.from(`${this.#scores.join("\n")}\n`));
    this.#scores = [];
    if (this.#alerts.length > 0) await this.#options.alerts?.(Buffer.from(`${this.#alerts.join("\n")}\n`));
    this.#alerts = [];
  }
}
