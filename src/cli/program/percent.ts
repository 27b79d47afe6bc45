import type { CommandEnvironment } from "./environment.ts";

const terminalEvery = 100;
const lineEvery = 10_000;

/** How far work of known size has come: rewritten on a terminal, a line now and then elsewhere. */
export class Percent {
  readonly #environment: CommandEnvironment;
  readonly #verb: string;
  #shown: number;
  #dirty = false;

  constructor(verb: string, environment: CommandEnvironment) {
    this.#environment = environment;
    this.#verb = verb;
    this.#shown = environment.clock();
  }

  update(what: string, done: number, total: number): void {
    const { stderr, clock } = this.#environment;
    if (clock() - this.#shown < (stderr.isTTY ? terminalEvery : lineEvery)) return;
    this.#shown = clock();
    const line = `${this.#verb} ${what}: ${total > 0 ? Math.floor((done / total) * 100) : 100} %`;
    stderr.write(stderr.isTTY ? `\r${line}\u001b[K` : `${line}\n`);
    this.#dirty = stderr.isTTY ?? false;
  }

  clear(): void {
    if (this.#dirty) this.#environment.stderr.write("\r\u001b[K");
    this.#dirty = false;
  }
}
