/**
 * Reads the instants that logs write, from bytes and without allocation:
 *  - RFC 3339 and its relatives: `2017-07-03T08:55:58.123Z`, `+02:00`, a space for the T, seconds left out, `/` for `-`;
 *  - `MM/DD/YYYY-HH:MM[:SS]` (a space for the dash); day first where the first number exceeds 12;
 *  - numbers: since 1970 in seconds, or in ms, µs or ns by their size; below 10⁸ they are ticks of a stated length.
 * Without an offset it is UTC. A day or month beyond its calendar rolls over, as it does for Date.UTC.
 */

const digitsMost = 7;
const epochFrom = 1e8;

export class InstantReader {
  readonly #tickSeconds: number;
  readonly #group = new Float64Array(digitsMost);
  readonly #digits = new Int32Array(digitsMost);
  /** Whether the last instant was a tick and not a point in time. */
  tick = false;

  /** @param tickSeconds length of a unit of integer times that are not since 1970 */
  constructor(tickSeconds: number) {
    this.#tickSeconds = tickSeconds;
  }

  /** @returns seconds (since 1970, or since tick 0), NaN when it is no instant */
  read(bytes: Uint8Array, start: number, end: number): number {
    let groups = 0;
    let value = 0;
    let digits = 0;
    let zone = Number.NaN;
    let first = 0;
    for (let i = start; i <= end; i++) {
      const byte = i < end ? bytes[i]! : 0;
      if (byte >= 48 && byte <= 57) {
        value = value * 10 + byte - 48;
        digits++;
        continue;
      }
      if (digits > 0) {
        if (groups === digitsMost) return Number.NaN;
        this.#group[groups] = value;
        this.#digits[groups++] = digits;
        value = 0;
        digits = 0;
        if (groups === 1) first = byte;
      }
      if (i === end) break;
      if (groups >= 4 && (byte === 0x2b || byte === 0x2d || byte === 0x5a)) {
        zone = byte === 0x5a ? 0 : zoneOf(bytes, i, end);
        break;
      }
      if (!isSeparator(byte)) return Number.NaN;
    }
    this.tick = false;
    if (groups === 0) return Number.NaN;
    if (groups === 1 || (groups === 2 && first === 0x2e)) return this.#number(groups);
    return this.#calendar(groups, Number.isNaN(zone) ? 0 : zone);
  }

  #number(groups: number): number {
    const whole = this.#group[0]!;
    const fraction = groups === 2 ? this.#group[1]! / 10 ** this.#digits[1]! : 0;
    if (whole >= 1e17) return whole / 1e9;
    if (whole >= 1e14) return whole / 1e6;
    if (whole >= 1e11) return whole / 1e3;
    if (whole >= epochFrom) return whole + fraction;
    this.tick = true;
    return (whole + fraction) * this.#tickSeconds;
  }

  #calendar(groups: number, zone: number): number {
    if (groups < 3) return Number.NaN;
    const g = this.#group;
    let year = g[0]!;
    let month = g[1]!;
    let day = g[2]!;
    if (this.#digits[0]! <= 2) {
      year = g[2]!;
      const dayFirst = g[0]! > 12;
      month = dayFirst ? g[1]! : g[0]!;
      day = dayFirst ? g[0]! : g[1]!;
    }
    if (month < 1 || month > 12 || day < 1 || day > 39 || year < 1900 || year > 9999) return Number.NaN;
    const time = (groups > 3 ? g[3]! * 3600 : 0) + (groups > 4 ? g[4]! * 60 : 0) + (groups > 5 ? g[5]! : 0);
    const fraction = groups > 6 ? g[6]! / 10 ** this.#digits[6]! : 0;
    return Date.UTC(year, month - 1, day) / 1000 + time + fraction - zone;
  }
}

/** Seconds east of UTC of `+hh:mm`, `+hhmm` or `+hh` at `at`. */
function zoneOf(bytes: Uint8Array, at: number, end: number): number {
  let digits = 0;
  let value = 0;
  for (let i = at + 1; i < end; i++) {
    const byte = bytes[i]!;
    if (byte < 48 || byte > 57) continue;
    value = value * 10 + byte - 48;
    digits++;
  }
  const minutes = digits <= 2 ? value * 60 : Math.floor(value / 100) * 60 + (value % 100);
  return (bytes[at] === 0x2d ? -60 : 60) * minutes;
}

/** - / : . T t and space. */
function isSeparator(byte: number): boolean {
  return (
    byte === 0x2d || byte === 0x2f || byte === 0x3a || byte === 0x2e || byte === 0x54 || byte === 0x74 || byte === 0x20
  );
}
