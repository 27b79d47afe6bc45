/** XML messages of one name out of a byte stream, whatever lies between them (syslog headers, line feeds, byte counts). */

/** Longer messages are given up. */
const longestMessage = 4 * 1024 * 1024;

export class XmlMessages {
  readonly #onMessage: (xml: string) => void;
  readonly #onBroken: () => void;
  readonly #open: string;
  readonly #close: string;
  readonly #decoder = new TextDecoder();
  #text = "";

  constructor(element: string, onMessage: (xml: string) => void, onBroken: () => void) {
    this.#onMessage = onMessage;
    this.#onBroken = onBroken;
    this.#open = `<${element}`;
    this.#close = `</${element}>`;
  }

  push(chunk: Uint8Array): void {
    this.#text += this.#decoder.decode(chunk, { stream: true });
    this.#cut();
  }

  end(): void {
    this.#text += this.#decoder.decode();
    this.#cut();
    if (this.#text.includes(this.#open)) this.#onBroken();
    this.#text = "";
  }

  #cut(): void {
    let done = 0;
    for (;;) {
      const start = this.#text.indexOf(this.#open, done);
      if (start < 0) {
        done = Math.max(done, this.#text.length - this.#open.length);
        break;
      }
      const end = this.#text.indexOf(this.#close, start);
      const next = this.#text.indexOf(this.#open, start + 1);
      if (next >= 0 && (end < 0 || next < end)) {
        this.#onBroken();
        done = next;
      } else if (end < 0) {
        done = start;
        break;
      } else {
        done = end + this.#close.length;
        this.#onMessage(this.#text.slice(start, done));
      }
    }
    this.#text = this.#text.slice(done);
    if (this.#text.length > longestMessage) {
      this.#text = "";
      this.#onBroken();
    }
  }
}
