/** How far a long command has come: one line rewritten on a terminal, a line now and then elsewhere. */
import type { CommandEnvironment } from "./environment.ts";

export interface Amount {
  files: number;
  bytes: number;
}

const terminalEvery = 100;
const lineEvery = 10_000;

export class Progress {
  readonly #environment: CommandEnvironment;
  readonly #verb: string;
  readonly #started: number;
  #shown: number;
  #total: Amount | undefined;
  #dirty = false;

  constructor(verb: string, environment: CommandEnvironment) {
    this.#environment = environment;
    this.#verb = verb;
    this.#started = environment.clock();
    this.#shown = this.#started;
  }

  /** What there is to do, once it is known. */
  expect(total: Amount): void {
    this.#total = total;
  }

  update(done: Amount): void {
    const { stderr, clock } = this.#environment;
    const now = clock();
    if (now - this.#shown < (stderr.isTTY ? terminalEvery : lineEvery)) return;
    this.#shown = now;
    const line = this.#line(done, (now - this.#started) / 1000);
    if (!stderr.isTTY) stderr.write(`${line}\n`);
    else {
      stderr.write(`\r${line.slice(0, (stderr.columns ?? 80) - 1)}\u001b[K`);
      this.#dirty = true;
    }
  }

  /** Clears the terminal's line, so that other text can follow. */
  clear(): void {
    if (this.#dirty) this.#environment.stderr.write("\r\u001b[K");
    this.#dirty = false;
  }

  seconds(): number {
    return (this.#environment.clock() - this.#started) / 1000;
  }

  #line(done: Amount, seconds: number): string {
    const rate = seconds > 0 ? done.bytes / seconds : 0;
    const of = this.#total ? ` of ${this.#total.files}` : "";
    const files = `${done.files}${of} files (${(done.files / Math.max(seconds, 0.001)).toFixed(0)}/s)`;
    return `${this.#verb} ${files}, ${size(done.bytes)} (${size(rate)}/s)${this.#left(done, seconds)}`;
  }

  /** By files and by bytes, whichever is further off. */
  #left(done: Amount, seconds: number): string {
    if (!this.#total || done.files === 0) return "";
    const share = Math.min(done.files / this.#total.files, this.#total.bytes > 0 ? done.bytes / this.#total.bytes : 1);
    return share > 0 ? `, ${duration((seconds / share) * (1 - share))} left` : "";
  }
}

export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}

export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
