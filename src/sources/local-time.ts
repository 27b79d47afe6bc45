/**
 * Local times of a time zone as instants, by the rules that Node's ICU brings (IANA time zones). A time that occurs twice,
 * when clocks go back, is taken for the one of them that a first guess finds; one that does not occur, when they go
 * forward, for the same distance behind.
 */
const quarter = 900_000;

export class LocalTime {
  readonly #format: Intl.DateTimeFormat;
  /** Of the quarter of an hour looked at last: logs go on for hours in one. */
  #quarter = Number.NaN;
  #offset = 0;

  /** @param zone IANA name @throws RangeError when there is no such zone */
  constructor(zone: string) {
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      ...{ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" },
    });
  }

  /** @param local ms since 1970 as a clock in UTC would have to show it @returns ms since 1970 */
  instant(local: number): number {
    const place = Math.floor(local / quarter);
    if (place !== this.#quarter) {
      const guess = local - this.#offsetAt(local);
      this.#offset = this.#offsetAt(guess);
      this.#quarter = place;
    }
    return local - this.#offset;
  }

  /** ms by which local clocks are ahead of UTC. */
  #offsetAt(instant: number): number {
    const parts = this.#format.formatToParts(instant);
    const [year, month, day, hour, minute, second] = ["year", "month", "day", "hour", "minute", "second"].map((type) =>
      Number(parts.find((part) => part.type === type)?.value),
    ) as [number, number, number, number, number, number];
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
  }
}
