/** The lines of `analyze --scores` and `--alerts` (the contract is in docs/behaviour.md). */
import { rfc3339 } from "../core/index.ts";
import { JsonBuffer } from "./json-buffer.ts";

export interface AlertLine {
  time: string;
  i: number;
  entity: string;
  actors: string[];
  events: number[];
  risk: number;
  technique: string;
  reasons: string[];
  action: string;
}

const part = {
  index: Buffer.from('{"i":'),
  time: Buffer.from(',"time":"'),
  score: Buffer.from('","score":'),
  actor: Buffer.from(',"actor":'),
  reasons: Buffer.from(',"reasons":'),
  end: Buffer.from("}\n"),
  none: Buffer.from(',"reasons":[]}\n'),
};

export class ScoreLines {
  readonly buffer = new JsonBuffer();
  #seconds = Number.NaN;
  #time: Uint8Array = new Uint8Array(0);

  /** The same second is formatted once. Ticks are written as the number they are. */
  time(seconds: number, tick: boolean, bytes: Uint8Array, start: number, end: number): void {
    if (tick) this.#time = bytes.slice(start, end);
    else if (seconds !== this.#seconds) this.#time = Buffer.from(rfc3339OrEmpty(seconds));
    this.#seconds = tick ? Number.NaN : seconds;
  }

  timeText(): string {
    return Buffer.from(this.#time).toString("latin1");
  }

  /** @param reasons a JSON array of strings */
  score(index: number, score: number, actor: Uint8Array, start: number, end: number, reasons?: Uint8Array): void {
    const out = this.buffer;
    out.reserve(256);
    out.raw(part.index);
    out.whole(index);
    out.raw(part.time);
    out.raw(this.#time);
    out.raw(part.score);
    out.fixed4(score);
    out.raw(part.actor);
    out.string(actor, start, end);
    if (!reasons) {
      out.raw(part.none);
      return;
    }
    out.raw(part.reasons);
    out.raw(reasons);
    out.raw(part.end);
  }
}

/** Years 1 to 9999; beyond, nothing. */
function rfc3339OrEmpty(seconds: number): string {
  return Math.abs(seconds) < 250_000_000_000 ? rfc3339(Math.round(seconds * 1000)) : "";
}
