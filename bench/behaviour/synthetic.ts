/**
 * `node bench/behaviour/synthetic.ts [--seeds N] [--first N] [--resolution SECONDS]`: edge streams of quite different shapes, drawn from a seed, each benign
 * and with attacks: does what was learnt on one public set hold elsewhere, and does the false-alert budget? Time in
 * seconds. The generator knows nothing of the engine.
 */
import { parseArgs } from "node:util";
import { EdgeEngine, hashText } from "../../src/behaviour/index.ts";
import { metricsOf } from "./metrics.ts";
import { type EdgeScorer, midasF } from "./midas.ts";
import { type Draw, drawFrom, random } from "./random.ts";

interface Edge {
  source: string;
  target: string;
  time: number;
  /** 0 is benign, else which of `kinds`. */
  attack: number;
}

const kinds = ["scan", "flood", "stolen sweep", "stolen hammer", "distributed", "slow stranger"];

interface Shape {
  name: string;
  days: number;
  benign(draw: Draw, days: number): Edge[];
  attacks(draw: Draw, days: number): Edge[];
}

const day = 86_400;

/** Office traffic: heavy-tailed users, work hours, weekends, a nightly backup, monitoring every minute, web browsing. */
function office(users: number, servers: number, sites: number): Shape["benign"] {
  return (draw, days) => {
    const edges: Edge[] = [];
    const add = (source: string, target: string, time: number) => edges.push({ source, target, time, attack: 0 });
    for (let user = 0; user < users; user++) {
      const rate = draw.logNormal(20, 1);
      const favourites = Array.from({ length: 5 }, () => `srv${draw.zipf(servers)}`);
      for (let d = 0; d < days; d++) {
        if (d % 7 > 4 && draw.chance(0.9)) continue;
        const sessions = draw.poisson(rate);
        for (let s = 0; s < sessions; s++) {
          const at = d * day + draw.normal(13 * 3600, 2.5 * 3600);
          const target = draw.chance(0.6) ? favourites[draw.below(5)]! : `web${draw.zipf(sites)}`;
          const length = 1 + draw.poisson(draw.logNormal(4, 1.2));
          for (let k = 0; k < length; k++) add(`user${user}`, target, at + draw.exponential(20) * k);
        }
      }
    }
    for (let t = 0; t < days * day; t += 60) for (let s = 0; s < 10; s++) add("monitor", `srv${s}`, t + draw.below(5));
    for (let d = 0; d < days; d++) {
      for (let s = 0; s < servers; s++)
        for (let k = 0; k < 200; k++) add("backup", `srv${s}`, d * day + 7200 + s * 60 + k / 4);
    }
    return edges;
  };
}

/** Staff on patients: shifts, a rolling list of patients on treatment, each opened daily by several people. */
const clinic: Shape["benign"] = (draw, days) => {
  const edges: Edge[] = [];
  for (let d = 0; d < days; d++) {
    if (d % 7 > 4) continue;
    for (let p = 0; p < 120; p++) {
      const patient = `patient${p + Math.floor(d / 5) * 20}`;
      const staff = 2 + draw.poisson(3);
      const slot = d * day + 8 * 3600 + p * 300 + draw.normal(0, 900);
      for (let s = 0; s < staff; s++) {
        const actor = `staff${(p + draw.zipf(30)) % 30}`;
        const reads = 1 + draw.poisson(4);
        for (let k = 0; k < reads; k++)
          edges.push({ source: actor, target: patient, time: slot + k * draw.exponential(30), attack: 0 });
      }
    }
    for (let p = 0; p < 120; p++)
      edges.push({
        source: "qa-service",
        target: `patient${p + Math.floor(d / 5) * 20}`,
        time: d * day + 7200 + p,
        attack: 0,
      });
  }
  return edges;
};

/** The same repertoire everywhere, at random times after the first third. */
function repertoire(actors: (draw: Draw) => string, targets: (draw: Draw) => string, scale: number): Shape["attacks"] {
  return (draw, days) => {
    const edges: Edge[] = [];
    const when = () => days * (0.34 + 0.6 * draw.unit()) * day;
    let kind = 0;
    const burst = (source: () => string, target: (k: number) => string, count: number, gap: number) => {
      kind++;
      const start = when();
      for (let k = 0; k < count; k++)
        edges.push({ source: source(), target: target(k), time: start + k * gap, attack: kind });
    };
    const known = actors(draw);
    const victim = targets(draw);
    burst(
      () => "stranger1",
      (k) => `host${k}`,
      300 * scale,
      1,
    ); // scan by a stranger
    burst(
      () => "stranger2",
      () => victim,
      2_000 * scale,
      0.05,
    ); // flood by a stranger
    burst(
      () => known,
      () => targets(draw),
      400 * scale,
      2,
    ); // a stolen account sweeps
    burst(
      () => known,
      () => victim,
      1_000 * scale,
      0.3,
    ); // a stolen account hammers
    burst(
      () => `bot${draw.below(200)}`,
      () => victim,
      600 * scale,
      0.5,
    ); // many identities, one victim
    burst(
      () => "stranger3",
      () => targets(draw),
      60,
      1_800,
    ); // low and slow
    return edges;
  };
}

const shapes: Shape[] = [
  {
    name: "office, 150 users, 42 days",
    days: 42,
    benign: office(150, 40, 3_000),
    attacks: repertoire(
      (draw) => `user${draw.below(150)}`,
      (draw) => `srv${draw.below(40)}`,
      1,
    ),
  },
  {
    name: "small site, 12 users, 60 days",
    days: 60,
    benign: office(12, 6, 200),
    attacks: repertoire(
      (draw) => `user${draw.below(12)}`,
      (draw) => `srv${draw.below(6)}`,
      0.3,
    ),
  },
  {
    name: "campus, 1,500 users, 10 days",
    days: 10,
    benign: office(1_500, 200, 20_000),
    attacks: repertoire(
      (draw) => `user${draw.below(1_500)}`,
      (draw) => `srv${draw.below(200)}`,
      1,
    ),
  },
  {
    name: "clinic, staff on patients, 90 days",
    days: 90,
    benign: clinic,
    attacks: repertoire(
      (draw) => `staff${draw.below(30)}`,
      (draw) => `patient${draw.below(300)}`,
      0.2,
    ),
  },
];

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2" },
    first: { type: "string", default: "1" },
    resolution: { type: "string", default: "1" },
  },
});
const resolution = Number(values.resolution);

for (const shape of shapes) {
  for (let seed = Number(values.first); seed < Number(values.first) + Number(values.seeds); seed++) {
    const draw = drawFrom(random(seed * 7919));
    const benign = shape.benign(draw, shape.days).filter(({ time }) => time >= 0 && time < shape.days * day);
    const mixed = sorted([...benign, ...shape.attacks(draw, shape.days)]);
    const quiet = run(sorted(benign));
    const { scores, alerts } = run(mixed);
    const attack = Uint8Array.from(mixed, (edge) => (edge.attack > 0 ? 1 : 0));
    const ours = metricsOf(scores, attack);
    const theirs = peerScores(mixed);
    const peer = metricsOf(theirs, attack);
    const found = new Set(alerts.map((i) => mixed[i]!.attack).filter(Boolean)).size;
    const late = quiet.alerts.filter((i) => benign[i]!.time > 14 * day).length;
    const caught = alerts.filter((i) => mixed[i]!.attack).length;
    process.stdout.write(
      `${shape.name}, seed ${seed}: ${mixed.length} edges\n` +
        `  Holdfast ${line(ours)}  ${byKind(scores, mixed)}\n  MIDAS-F  ${line(peer)}  ${byKind(theirs, mixed)}\n` +
        `  benign alone: ${((quiet.alerts.length * 7) / shape.days).toFixed(2)} alerts a week, ${late} after day 14; ` +
        `with attacks: ${alerts.length} alerts, ${caught} of them true, kinds found ${found}\n`,
    );
  }
}

function run(edges: Edge[]): { scores: Float32Array; alerts: number[] } {
  const engine = new EdgeEngine();
  const scores = new Float32Array(edges.length);
  const alerts: number[] = [];
  const [source, target] = [
    { high: 0, low: 0 },
    { high: 0, low: 0 },
  ];
  edges.forEach((edge, i) => {
    hashText(edge.source, 1, source);
    hashText(edge.target, 1, target);
    scores[i] = engine.observe(source, target, Math.floor(edge.time / resolution) * resolution, i);
    if (engine.alarm) alerts.push(i);
  });
  return { scores, alerts };
}

function peerScores(edges: Edge[]): Float32Array {
  const score: EdgeScorer = midasF(random(1));
  const ids = new Map<string, number>();
  const id = (name: string) => {
    const known = ids.get(name) ?? ids.size;
    ids.set(name, known);
    return known;
  };
  return Float32Array.from(edges, ({ source, target, time }) =>
    score(id(source), id(target), 1 + Math.floor(time / 60)),
  );
}

function sorted(edges: Edge[]): Edge[] {
  return edges.sort((a, b) => a.time - b.time);
}

function line({ rocAuc, averagePrecision, recall }: ReturnType<typeof metricsOf>): string {
  return `AUC ${show(rocAuc)} AP ${show(averagePrecision)} R@.1% ${show(recall[1])}`;
}

/** ROC-AUC of each kind of attack against everything benign. */
function byKind(scores: Float32Array, edges: Edge[]): string {
  const attack = Uint8Array.from(edges, (edge) => (edge.attack > 0 ? 1 : 0));
  return kinds
    .map((name, k) => {
      const others = Uint8Array.from(edges, (edge) => (edge.attack > 0 && edge.attack !== k + 1 ? 1 : 0));
      return `${name} ${metricsOf(scores, attack, others).rocAuc.toFixed(3)}`;
    })
    .join(", ");
}

function show(value: number): string {
  return value.toFixed(4);
}
