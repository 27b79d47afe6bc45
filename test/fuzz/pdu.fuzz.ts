/**
 * Hostile peers against a DIMSE server, with a well-behaved peer in parallel that must not notice.
 * `npx node test/fuzz/pdu.fuzz.ts --seconds N --seed S`
 */
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { associate, type DimseServer, echo, store } from "../../src/dimse/index.ts";
import { contexts } from "../../src/dimse/testing/raw-peer.ts";
import { discardingSink, serve } from "../../src/dimse/testing/server.ts";
import { type Attack, attacks } from "./pdu-attacks.ts";
import { Random } from "./random.ts";

export interface FuzzOptions {
  seed: number;
  /** Ends after so many rounds, or after `seconds`. */
  rounds?: number;
  seconds?: number;
}

export interface FuzzReport {
  rounds: number;
  /** Rounds of each attack. */
  attacks: Record<string, number>;
  /** What the server did: `abort 2/6`, `reject 1/2/2`, `closed`, ... */
  answers: Record<string, number>;
  /** Operations of the well-behaved peer, all successful, and the slowest one, ms. */
  served: number;
  slowest: number;
  /** Bytes of heap before and after. */
  heap: [number, number];
}

const timeouts = { artim: 600, idle: 500, dimse: 500 };
/** Hostile peers at once. */
const crowd = 8;

export async function fuzz({ seed, rounds = Number.POSITIVE_INFINITY, seconds }: FuzzOptions): Promise<FuzzReport> {
  await using served = await serve({
    timeouts,
    limits: { associations: 40, associationsPerPeer: 40, command: 16_384, identifier: 65_536 },
    handlers: {
      async *find() {},
      get: async () => ({ items: [] }),
      action: async () => ({ status: 0 }),
      eventReport: async () => ({ status: 0 }),
      store: discardingSink,
    },
  });
  const random = new Random(seed);
  const report: FuzzReport = {
    rounds: 0,
    attacks: {},
    answers: {},
    served: 0,
    slowest: 0,
    heap: [await heapUsed(), 0],
  };
  const until = seconds === undefined ? Number.POSITIVE_INFINITY : process.uptime() + seconds;
  const stop = new AbortController();
  const good = behaveWell(served.port, report, stop.signal);
  const hostile = Array.from({ length: crowd }, async () => {
    while (report.rounds < rounds && process.uptime() < until) {
      report.rounds++;
      await round(served.port, random.pick(attacks), random.fork(), report);
    }
  });
  await Promise.race([Promise.all(hostile), good]);
  stop.abort();
  await good;
  await everyoneGone(served.server);
  report.heap[1] = await heapUsed();
  return report;
}

async function round(port: number, attack: Attack, random: Random, report: FuzzReport): Promise<void> {
  count(report.attacks, attack.name);
  for (const answer of await attack.run(port, random)) count(report.answers, answer);
}

/** C-ECHO and C-STORE without end; throws on the first that does not succeed. */
async function behaveWell(port: number, report: FuzzReport, stop: AbortSignal): Promise<void> {
  const [, ct] = contexts;
  const item = {
    sopClassUid: ct!.abstractSyntax,
    sopInstanceUid: "1.2.3",
    transferSyntaxUid: ct!.transferSyntaxes[0]!,
    size: 20_000,
    async *dataSet() {
      yield new Uint8Array(20_000);
    },
  };
  const target = { host: "127.0.0.1", port, calledAeTitle: "ARCHIVE", callingAeTitle: "GOOD", contexts };
  while (!stop.aborted) {
    const association = await associate(target);
    for (let n = 0; n < 20 && !stop.aborted; n++) {
      const start = process.uptime();
      const { status } = await (n % 2 === 0 ? echo(association) : store(association, item));
      if (status !== 0) throw new Error(`the well-behaved peer got status ${status.toString(16)}`);
      report.served++;
      report.slowest = Math.max(report.slowest, (process.uptime() - start) * 1000);
    }
    await association.release();
  }
}

/** Every hostile association ends by itself within the timeouts. */
async function everyoneGone(server: DimseServer): Promise<void> {
  for (let waited = 0; server.associations().length > 0; waited += 50) {
    if (waited > 5_000) throw new Error(`${server.associations().length} associations are left`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * What is held, not what awaits collection: collected (with or without node's option for it) until nothing more goes,
 * since sockets that are closing and buffers that a thread frees are let go some turns later.
 */
async function heapUsed(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  let least = Number.POSITIVE_INFINITY;
  for (let idle = 0, tries = 0; idle < 4 && tries < 100; tries++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { heapUsed: heap, external } = process.memoryUsage();
    if (heap + external > least - 64 * 1024) idle++;
    else idle = 0;
    least = Math.min(least, heap + external);
  }
  return least;
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { seconds: { type: "string" }, seed: { type: "string" } } });
  const seed = Number(values.seed ?? process.pid);
  process.stdout.write(`seed ${seed}\n`);
  const report = await fuzz({ seed, seconds: Number(values.seconds ?? 10) });
  process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
}
