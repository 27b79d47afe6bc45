/** `analyze --format edges`: reads, scores and writes, one pass, bounded memory. */
import { type EdgeEngine, explain, type Hash64, hashBytes, technique } from "../behaviour/index.ts";
import type { AnalyzeOptions, AnalyzeSummary } from "./analysis.ts";
import { EdgeParser, type EdgeRecord } from "./edges.ts";
import { chunksOf } from "./files.ts";
import { LineSplitter } from "./lines.ts";
import { type AlertLine, ScoreLines } from "./score-lines.ts";

const reasonsShown = 3;
/** In a burst the same words serve until the count they name has grown by this factor. */
const sameWords = 1.1;

export async function analyzeEdges(options: AnalyzeOptions, engine: EdgeEngine): Promise<AnalyzeSummary> {
  const run = new EdgeRun(options, engine);
  let before = 0;
  for (const file of options.files) {
    const parser = new EdgeParser(options.tickSeconds);
    const lines = new LineSplitter((bytes, start, end) => run.line(parser, bytes, start, end));
    for await (const chunk of chunksOf(file, (read) => options.onProgress?.(before + read, run.summary.events))) {
      lines.push(chunk);
      await run.flush();
    }
    lines.end();
    await run.flush();
    before += file.size;
  }
  return run.summary;
}

class EdgeRun {
  readonly summary: AnalyzeSummary = { events: 0, broken: 0, outOfOrder: 0, alerts: 0 };
  readonly #options: AnalyzeOptions;
  readonly #engine: EdgeEngine;
  readonly #scores = new ScoreLines();
  readonly #alerts: AlertLine[] = [];
  readonly #source: Hash64 = { high: 0, low: 0 };
  readonly #target: Hash64 = { high: 0, low: 0 };
  #told = { source: 0, target: 0, evidence: 0 };
  #words: Uint8Array = new Uint8Array(0);
  #index = 0;
  #latest = Number.NEGATIVE_INFINITY;

  constructor(options: AnalyzeOptions, engine: EdgeEngine) {
    this.#options = options;
    this.#engine = engine;
  }

  line(parser: EdgeParser, bytes: Uint8Array, start: number, end: number): void {
    const kind = parser.parse(bytes, start, end);
    if (kind === "edge") this.#edge(parser.record, this.#index++);
    else if (kind === "broken") {
      this.summary.broken++;
      this.#index++;
    }
  }

  #edge(edge: EdgeRecord, index: number): void {
    const { bytes, sourceStart, sourceEnd, targetStart, targetEnd, seconds } = edge;
    const engine = this.#engine;
    const scores = this.#scores;
    hashBytes(bytes, sourceStart, sourceEnd, this.#options.seed, this.#source);
    hashBytes(bytes, targetStart, targetEnd, this.#options.seed, this.#target);
    if (seconds < this.#latest) this.summary.outOfOrder++;
    else this.#latest = seconds;
    const score = engine.observe(this.#source, this.#target, seconds, index);
    scores.time(seconds, edge.tick, bytes, edge.timeStart, edge.timeEnd);
    if (engine.alarming) this.#explain(edge);
    scores.score(index, score, bytes, sourceStart, sourceEnd, engine.alarming ? this.#words : undefined);
    if (engine.alarm) this.#raise(edge, index);
    this.summary.events++;
  }

  #explain(edge: EdgeRecord): void {
    const { source, target } = { source: this.#source.low, target: this.#target.low };
    const { evidence } = this.#engine;
    const isSame = source === this.#told.source && target === this.#told.target;
    if (isSame && evidence < this.#told.evidence * sameWords && evidence * sameWords > this.#told.evidence) return;
    this.#told = { source, target, evidence };
    this.#words = Buffer.from(JSON.stringify(this.#reasons(edge)));
  }

  #raise(edge: EdgeRecord, index: number): void {
    const { alarm, suspect } = this.#engine;
    const { source, target } = parties(edge);
    const entity = suspect === "target" ? target : source;
    this.#alerts.push({
      time: this.#scores.timeText(),
      i: index,
      entity,
      actors: [entity],
      events: alarm!.events,
      risk: Math.round(alarm!.risk * 10_000) / 10_000,
      technique: technique(this.#engine.findings()),
      reasons: this.#reasons(edge),
      action: `Restrict ${entity} to reading until someone has looked; check what else it did since its first event here.`,
    });
    this.summary.alerts++;
  }

  #reasons(edge: EdgeRecord): string[] {
    const names = parties(edge);
    return this.#engine
      .findings()
      .slice(0, reasonsShown)
      .map((finding) => explain(finding, names));
  }

  async flush(): Promise<void> {
    const { scores, alerts } = this.#options;
    if (this.#scores.buffer.length > 0) await scores(this.#scores.buffer.view());
    this.#scores.buffer.reset();
    if (this.#alerts.length > 0) {
      await alerts?.(Buffer.from(this.#alerts.map((alert) => `${JSON.stringify(alert)}\n`).join("")));
      this.#alerts.length = 0;
    }
  }
}

function parties({ bytes, sourceStart, sourceEnd, targetStart, targetEnd }: EdgeRecord) {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    source: text.toString("utf8", sourceStart, sourceEnd),
    target: text.toString("utf8", targetStart, targetEnd),
  };
}
