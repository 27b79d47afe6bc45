/** Builds JSON lines straight into bytes: millions of lines without a string each. */
const initialSize = 4 * 1024 * 1024;
/** Room that is always left, so that numbers and fixed parts need no check. */
const margin = 1024;

export class JsonBuffer {
  #bytes = Buffer.allocUnsafe(initialSize);
  length = 0;

  /** What was written since the last `reset`; valid until then. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  reset(): void {
    this.length = 0;
  }

  /** Makes room for `extra` bytes and then some. */
  reserve(extra: number): void {
    if (this.length + extra + margin <= this.#bytes.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.length + extra + margin));
    this.#bytes.copy(bigger, 0, 0, this.length);
    this.#bytes = bigger;
  }

  /** Bytes that need no escaping. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    for (let i = 0; i < bytes.length; i++) this.#bytes[this.length++] = bytes[i]!;
  }

  text(value: string): void {
    this.reserve(value.length * 3);
    this.length += this.#bytes.write(value, this.length);
  }

  /** A whole number ≥ 0. */
  whole(value: number): void {
    let digits = 1;
    for (let power = 10; power <= value; power *= 10) digits++;
    let at = this.length + digits;
    this.length = at;
    let rest = value;
    for (let i = 0; i < digits; i++) {
      const next = Math.floor(rest / 10);
      this.#bytes[--at] = 48 + rest - next * 10;
      rest = next;
    }
  }

  /** A number ≥ 0 with four decimals. */
  fixed4(value: number): void {
    const scaled = Math.round(value * 10_000);
    const whole = Math.floor(scaled / 10_000);
    this.whole(whole);
    let fraction = scaled - whole * 10_000;
    this.#bytes[this.length] = 46;
    for (let i = 4; i >= 1; i--) {
      this.#bytes[this.length + i] = 48 + (fraction % 10);
      fraction = Math.floor(fraction / 10);
    }
    this.length += 5;
  }

  /** A JSON string of `bytes[start, end)`, which should be UTF-8: what is not becomes U+FFFD. */
  string(bytes: Uint8Array, start: number, end: number): void {
    this.reserve((end - start) * 6 + 2);
    const at = this.length;
    const out = this.#bytes;
    out[this.length++] = 34;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      if (byte < 0x20 || byte === 0x22 || byte === 0x5c || byte >= 0x7f) {
        this.length = at;
        this.text(JSON.stringify(Buffer.from(bytes.subarray(start, end)).toString("utf8")));
        return;
      }
      out[this.length++] = byte;
    }
    out[this.length++] = 34;
  }
}
