/**
 * `npm run bench:behaviour -- edges`: the public edge-stream benchmark. `holdfast analyze --format edges`, with its defaults and
 * on a file without labels, against MIDAS, MIDAS-R, MIDAS-F, an isolation forest (Debian's scikit-learn) and the simplest
 * baselines on the same edges, and what Holdfast is to each of them.
 *
 *     npm run bench:behaviour -- --data ../shared/data/darpa/darpa_original.zip [--alone] [--budget 1] [--json] [--types]
 *
 * `--alone` leaves the peers out; `--budget` is that of `analyze`, false alerts a week.
 */
import { spawn } from "node:child_process";
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { frequency, novelty, rate } from "./baselines.ts";
import { type EdgeStream, floodsAndScans, readDarpa } from "./darpa.ts";
import { episodesOf } from "./episodes.ts";
import { isolationForest } from "./isolation-forest.ts";
import { type Metrics, metricsOf } from "./metrics.ts";
import { type EdgeScorer, midas, midasF, midasR } from "./midas.ts";
import { random } from "./random.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { values } = parseArgs({
  args: process.argv.slice(3),
  options: {
    data: { type: "string", default: join(root, "../shared/data/darpa/darpa_original.zip") },
    types: { type: "boolean", default: false },
    budget: { type: "string", default: "1" },
    alone: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

interface Result {
  name: string;
  all: Metrics;
  hard: Metrics;
  seconds: number;
}

const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
try {
  if (existsSync(values.data)) await run();
  else process.stderr.write(`skipped: there is no ${values.data}\n`);
} finally {
  rmSync(folder, { recursive: true });
}

async function run(): Promise<void> {
  const input = join(folder, "edges.csv");
  const stream = await readDarpa(values.data, input);
  const judge = judgeOf(stream);
  const results: Result[] = [];
  const ours = await holdfast(input, stream.labels.length);
  results.push({ name: "holdfast analyze (end to end)", ...judge(ours.scores), seconds: ours.seconds });
  if (!values.alone) await addPeers(results, stream, judge);
  report(results, stream, ours);
}

async function addPeers(results: Result[], stream: EdgeStream, judge: ReturnType<typeof judgeOf>): Promise<void> {
  const peers: [string, () => EdgeScorer][] = [
    ["MIDAS (core alone)", () => midas(random(1))],
    ["MIDAS-R (core alone)", () => midasR(random(1))],
    ["MIDAS-F (core alone)", () => midasF(random(1))],
    ["rate: destination this minute", rate],
    ["frequency: rarity of the pair", frequency],
    ["novelty: pair never seen", novelty],
  ];
  for (const [name, make] of peers) results.push({ name, ...timed(stream, make(), judge) });
  const forest = await isolationForest(stream, folder);
  if (typeof forest === "string") process.stderr.write(`isolation forest: ${forest}\n`);
  else results.push({ name: "isolation forest (scikit-learn)", ...judge(forest.scores), seconds: forest.seconds });
}

function judgeOf(stream: EdgeStream): (scores: Float32Array) => { all: Metrics; hard: Metrics } {
  const attack = Uint8Array.from(stream.labels, (label) => (label > 0 ? 1 : 0));
  const numbers = stream.labelNames.map((name) => (floodsAndScans.has(name) ? 1 : 0));
  const easy = Uint8Array.from(stream.labels, (label) => numbers[label]!);
  return (scores) => ({ all: metricsOf(scores, attack), hard: metricsOf(scores, attack, easy) });
}

function timed(stream: EdgeStream, score: EdgeScorer, judge: ReturnType<typeof judgeOf>): Omit<Result, "name"> {
  const scores = new Float32Array(stream.labels.length);
  const started = performance.now();
  for (let i = 0; i < scores.length; i++) scores[i] = score(stream.sources[i]!, stream.targets[i]!, stream.ticks[i]!);
  const seconds = (performance.now() - started) / 1000;
  return { ...judge(scores), seconds };
}

interface Ours {
  scores: Float32Array;
  alerts: { i: number; events: number[]; entity: string }[];
  flagged: Uint8Array;
  seconds: number;
}

async function holdfast(input: string, events: number): Promise<Ours> {
  const scoresFile = join(folder, "scores.jsonl");
  const alertsFile = join(folder, "alerts.jsonl");
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [
      join(root, "src/cli/main.ts"),
      "analyze",
      "--format",
      "edges",
      "--budget",
      values.budget,
      "--scores",
      scoresFile,
      "--alerts",
      alertsFile,
      input,
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  const code = await new Promise((done) => child.on("exit", done));
  if (code !== 0) throw new Error(`analyze ended with ${code}`);
  const seconds = (performance.now() - started) / 1000;
  const scores = new Float32Array(events);
  const flagged = new Uint8Array(events);
  for await (const line of createInterface({ input: createReadStream(scoresFile) })) {
    const { i, score, reasons } = JSON.parse(line);
    scores[i] = score;
    if (reasons.length > 0) flagged[i] = 1;
  }
  const alerts = readFileSync(alertsFile, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { scores, flagged, alerts, seconds };
}

function report(results: Result[], stream: EdgeStream, ours: Ours): void {
  const operating = operatingPoint(stream, ours);
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ edges: stream.labels.length, results, operating })}\n`);
    return;
  }
  const row = (cells: (string | number)[]) =>
    cells
      .map((cell, k) =>
        k === 0 ? String(cell).padEnd(32) : (typeof cell === "number" ? cell.toFixed(4) : cell).padStart(8),
      )
      .join(" ");
  const lines = [
    `${stream.labels.length} edges; hard: attacks that neither flood nor scan, against all benign edges`,
    row(["", "ROC-AUC", "AP", "R@.01%", "R@.1%", "R@1%", "hard AUC", "hard AP", "h R@1%", "s", "edges/s"]),
    ...results.map(({ name, all, hard, seconds }) =>
      row([
        ...[name, all.rocAuc, all.averagePrecision, ...all.recall],
        ...[hard.rocAuc, hard.averagePrecision, hard.recall[2]],
        ...[seconds.toFixed(1), Math.round(stream.labels.length / seconds).toString()],
      ]),
    ),
    ...(results.length > 1
      ? [
          "",
          "Holdfast as a multiple of each (1 − x: of what the ranking misses, lower is better)",
          ...ratios(results, stream),
        ]
      : []),
    "",
    `At a budget of ${values.budget} false alerts a week: ${JSON.stringify(operating)}`,
  ];
  if (values.types) lines.push("", ...byType(stream, ours));
  process.stdout.write(`${lines.join("\n")}\n`);
}

/**
 * Ours as a multiple of each peer's: recall, what a ranking misses (1 − ROC-AUC, 1 − average precision), edges a second.
 * A peer's time is that of its core alone, ours of the whole command.
 */
function ratios([ours, ...peers]: Result[], stream: EdgeStream): string[] {
  const row = (cells: string[]) => cells.map((cell, k) => (k === 0 ? cell.padEnd(32) : cell.padStart(10))).join(" ");
  const ratio = (a: number, b: number) => (b > 0 ? (a / b).toPrecision(a >= 10 * b ? 3 : 2) : "-");
  const rate = ({ seconds }: Result) => stream.labels.length / seconds;
  return [
    row(["", "R@.01%", "R@.1%", "R@1%", "1-ROC-AUC", "1-AP", "hard 1-AUC", "edges/s"]),
    ...peers.map((peer) =>
      row([
        peer.name,
        ...ours!.all.recall.map((recall, k) => ratio(recall, peer.all.recall[k]!)),
        ratio(1 - ours!.all.rocAuc, 1 - peer.all.rocAuc),
        ratio(1 - ours!.all.averagePrecision, 1 - peer.all.averagePrecision),
        ratio(1 - ours!.hard.rocAuc, 1 - peer.hard.rocAuc),
        ratio(rate(ours!), rate(peer)),
      ]),
    ),
  ];
}

/** Of the events at alert level and of the alerts; an alert is true when a contributing event is an attack. */
function operatingPoint(stream: EdgeStream, { flagged, alerts }: Ours) {
  let attacks = 0;
  let hits = 0;
  let all = 0;
  for (let i = 0; i < flagged.length; i++) {
    if (stream.labels[i]) attacks++;
    if (!flagged[i]) continue;
    all++;
    if (stream.labels[i]) hits++;
  }
  const trueAlerts = alerts.filter(({ i, events }) => [i, ...events].some((event) => stream.labels[event])).length;
  const rested = new Set(alerts.flatMap(({ i, events }) => [i, ...events]));
  const episodes = (isCounted: (label: string) => boolean) => episodesOf(stream, rested, flagged, isCounted);
  const weeks = (stream.ticks.at(-1)! - stream.ticks[0]!) / 10_080;
  return {
    eventPrecision: hits / all,
    eventRecall: hits / attacks,
    alerts: alerts.length,
    trueAlerts,
    alertPrecision: trueAlerts / alerts.length,
    falseAlertsPerWeek: (alerts.length - trueAlerts) / weeks,
    attacks: episodes(() => true),
    floodsAndScans: episodes((label) => floodsAndScans.has(label)),
    otherAttacks: episodes((label) => !floodsAndScans.has(label)),
  };
}

/** Per kind of attack: ROC-AUC against all benign edges. */
function byType(stream: EdgeStream, { scores }: Ours): string[] {
  const counts = new Float64Array(stream.labelNames.length);
  for (const label of stream.labels) counts[label]!++;
  const attack = Uint8Array.from(stream.labels, (label) => (label > 0 ? 1 : 0));
  return stream.labelNames
    .map((name, label) => ({ name, label, count: counts[label]! }))
    .filter(({ label, count }) => label > 0 && count >= 100)
    .sort((a, b) => b.count - a.count)
    .map(({ name, label, count }) => {
      const others = Uint8Array.from(stream.labels, (other) => (other > 0 && other !== label ? 1 : 0));
      const { rocAuc, recall } = metricsOf(scores, attack, others);
      return `${name.padEnd(16)} ${String(count).padStart(8)}  AUC ${rocAuc.toFixed(4)}  R@1% ${recall[2].toFixed(4)}`;
    });
}
