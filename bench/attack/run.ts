/** One seed: a copy of the prepared archive served by a process of its own, work, the attack, and what came of it. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type ServerProcess, startServer } from "../../test/support/server.ts";
import { type Damage, damageOf } from "./damage.ts";
import { harmless, othersWork, Work } from "./others.ts";
import type { Prepared } from "./prepare.ts";
import { isDestructive, type Scenario, scenarioOf } from "./scenario.ts";
import { pause, principalOf, type Struck, strike, takenIn } from "./strike.ts";

export interface Outcome {
  seed: number;
  scenario: Scenario;
  /** Objects that are changed, hidden or taken when it is over. */
  touched: number;
  contained: boolean;
  /** Seconds of the archive's time from the beginning of the first hostile act to the containment. */
  fromAct?: number;
  /** The same from the moment at which the first act that was assessed at alert level stood in the journal. */
  fromAssessed?: number;
  acts: number;
  refused: number;
  work: Work;
  /** Who else was contained. */
  wrong: string[];
  unreadable: number;
  /** ms from the engine's assessment until the gate had each containment. */
  gate: number[];
  /** Under a policy that only notes what it would do: when it first would have acted on the attacker, and on whom else. */
  shadow?: Shadow;
}

export interface Shadow {
  /** Seconds of the archive's time from the beginning of the first hostile act; absent: never. */
  fromAct?: number;
  /** Objects changed, hidden or taken by then; all of them when it never would. */
  touched: number;
  actions: string[];
  others: string[];
}

export interface RunOptions {
  /** ms of work before the attack, and after it. */
  before?: number;
  after?: number;
  /** A file, or `default`: what a new installation starts with. Absent: the automatic policy that is shipped. */
  policy?: string;
}

interface Target {
  target: { kind: string; id: string };
}

interface Contained extends Target {
  since: number;
  assessed?: number;
  alert?: string;
}

interface Noted {
  id: string;
  time: number;
  decision?: { measures: (Target & { action: string; outcome: string; at: number })[] };
}

const automaticPolicy = fileURLToPath(new URL("../../docs/policies/automatic.json", import.meta.url));
const fastClock = pathToFileURL(fileURLToPath(new URL("fast-clock.ts", import.meta.url))).href;

export async function run(base: Prepared, seed: number, root: string, options: RunOptions = {}): Promise<Outcome> {
  const scenario = scenarioOf(seed);
  const folder = mkdtempSync(join(root, "run-"));
  const data = join(folder, "data");
  cpSync(base.data, data, { recursive: true });
  const origin = Date.now();
  const server = await serve(data, base.keyFile, { ...options, clock: scenario.speed.clock, origin });
  const archiveTime = () => origin + (Date.now() - origin) * scenario.speed.clock;
  try {
    await caughtUp(server);
    const place = { base, server, folder };
    const { work, start, struck } = await attack(place, scenario, seed, archiveTime, options);
    const facts = await factsOf(server, principalOf(scenario, base), scenario.who);
    await server.stop();
    const outcome = outcomeOf(seed, scenario, start, struck, work, facts, await damageOf(base, data, start - 1));
    if (options.policy !== "default") return outcome;
    const until = facts.would?.at;
    const wallUntil = until === undefined ? undefined : origin + (until - origin) / scenario.speed.clock;
    const touched = isDestructive(scenario)
      ? (await damageOf(base, data, start - 1, until)).changed
      : takenIn(join(folder, "loot"), wallUntil);
    return { ...outcome, shadow: shadowOf(facts, start, touched) };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

/** The engine reads the past once; each seed starts from its snapshot. */
export async function digest(base: Prepared): Promise<void> {
  const server = await serve(base.data, base.keyFile, { clock: 1, origin: Date.now() });
  await caughtUp(server);
  await server.stop();
}

async function attack(
  place: { base: Prepared; server: ServerProcess; folder: string },
  scenario: Scenario,
  seed: number,
  archiveTime: () => number,
  { before = 3_000, after = 500 }: RunOptions,
): Promise<{ work: Work; start: number; struck: Struck }> {
  const work = new Work();
  const [stop, attacks] = [new AbortController(), new AbortController()];
  const others = othersWork(place, work, stop.signal);
  const decoy = harmless(place, scenario, attacks.signal);
  await pause(before);
  attacks.abort();
  await decoy;
  work.phase = "during";
  const start = archiveTime();
  const enough = new AbortController();
  const watching = watch(place, scenario, enough);
  const struck = await strike(place, scenario, seed, enough.signal);
  enough.abort();
  await watching;
  await pause(after);
  stop.abort();
  await others;
  return { work, start, struck };
}

/** How long a contained attacker goes on trying, ms. */
const goesOn = 3_000;

async function watch(
  { base, server }: { base: Prepared; server: ServerProcess },
  scenario: Scenario,
  enough: AbortController,
) {
  while (!enough.signal.aborted) {
    const { first, would } = await factsOf(server, principalOf(scenario, base), scenario.who);
    const isOver = (first ?? would?.at) !== undefined;
    await pause(isOver ? goesOn : 250);
    if (isOver) enough.abort();
  }
}

function outcomeOf(
  seed: number,
  scenario: Scenario,
  start: number,
  { taken, ...struck }: Struck,
  work: Work,
  { first, assessed, wrong, gate }: Facts,
  { changed, unreadable }: Damage,
): Outcome {
  return {
    ...{ seed, scenario, ...struck, work, wrong, unreadable },
    gate: gate.map((took) => took / scenario.speed.clock),
    touched: isDestructive(scenario) ? changed : taken,
    contained: first !== undefined,
    ...(first === undefined ? {} : { fromAct: (first - start) / 1000 }),
    ...(first === undefined || assessed === undefined ? {} : { fromAssessed: (first - assessed) / 1000 }),
  };
}

function shadowOf({ would, wouldOthers }: Facts, start: number, touched: number): Shadow {
  return {
    ...(would ? { fromAct: (would.at - start) / 1000 } : {}),
    ...{ touched, actions: would?.actions ?? [], others: wouldOthers },
  };
}

interface Facts {
  first?: number;
  assessed?: number;
  wrong: string[];
  /** ms of the archive's time. */
  gate: number[];
  /** What only would have been done, or was, first of all. */
  would?: { at: number; actions: string[] };
  wouldOthers: string[];
}

async function factsOf(server: ServerProcess, attacker: string, who: string): Promise<Facts> {
  const { containments } = (await ask(server, "containments")) as { containments: Contained[] };
  const { alerts } = (await ask(server, "alerts")) as { alerts: Noted[] };
  const isMine = ({ target: { kind, id } }: Target) => id === attacker || (kind === "vendor" && who === "vendor");
  const [mine] = containments.filter(isMine).sort((a, b) => a.since - b.since);
  const alert = alerts.find(({ id }) => id === mine?.alert);
  const noted = alerts.flatMap(({ decision }) => decision?.measures ?? []).filter(({ action }) => action !== "watch");
  const against = noted.filter(isMine).sort((a, b) => a.at - b.at);
  return {
    ...(mine ? { first: mine.since } : {}),
    ...(alert ? { assessed: alert.time } : {}),
    gate: containments.flatMap(({ since, assessed }) => (assessed === undefined ? [] : [since - assessed])),
    wrong: containments.filter((one) => !isMine(one) && !isWide(one)).map(({ target }) => target.id),
    ...(against[0] ? { would: { at: against[0].at, actions: against.map(({ action }) => action) } } : {}),
    wouldOthers: noted.filter((one) => !isMine(one) && !isWide(one)).map(({ target }) => target.id),
  };
}

/** A clinic's deletions are frozen with those of a vendor: nobody is named, and nobody else here deletes. */
const isWide = ({ target: { kind } }: Target): boolean => kind === "tenant";

function serve(
  data: string,
  keyFile: string,
  { policy = automaticPolicy, clock, origin }: { policy?: string; clock: number; origin: number },
): Promise<ServerProcess> {
  const config = join(data, "..", "holdfast.json");
  writeFileSync(config, JSON.stringify(policy === "default" ? {} : { response: { policy } }));
  const fast = {
    NODE_OPTIONS: `--import=${fastClock}`,
    BENCH_CLOCK_FACTOR: `${clock}`,
    BENCH_CLOCK_ORIGIN: `${origin}`,
  };
  return startServer(data, ["--key-file", keyFile, "--config", config], clock === 1 ? {} : fast);
}

async function caughtUp(server: ServerProcess): Promise<void> {
  for (;;) {
    const { lag, running } = (await ask(server, "behaviour")) as { lag: number; running: boolean };
    if (running && lag === 0) return;
    await pause(50);
  }
}

async function ask(server: ServerProcess, path: string): Promise<unknown> {
  return (await fetch(`${server.url}/api/v1/${path}`)).json();
}
