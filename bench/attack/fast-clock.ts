/**
 * Loaded before the archive (`--import`) in runs with compressed or later time: its clock starts at `BENCH_CLOCK_ORIGIN`,
 * ms since 1970, and runs `BENCH_CLOCK_FACTOR` times as fast, `BENCH_CLOCK_AHEAD` ms ahead, in all of its threads. Timers
 * are not touched.
 */
const Wall = Date;
const origin = Number(process.env["BENCH_CLOCK_ORIGIN"]);
const factor = Number(process.env["BENCH_CLOCK_FACTOR"]);
const ahead = Number(process.env["BENCH_CLOCK_AHEAD"] ?? 0);
const now = (): number => Math.floor(origin + ahead + (Wall.now() - origin) * factor);

class FastDate extends Wall {
  constructor(...words: unknown[]) {
    if (words.length === 0) super(now());
    else super(...(words as [number]));
  }

  static override now(): number {
    return now();
  }
}

globalThis.Date = FastDate as DateConstructor;
