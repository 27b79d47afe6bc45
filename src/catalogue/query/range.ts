/** Range matching of dates and times, PS3.4 C.2.2.2.5: bounds in the form in which values are compared. */
import { dateKey } from "../text.ts";

/** Inclusive bounds; an absent one is open. */
export interface Range {
  from?: string;
  to?: string;
}

type Bound = (text: string, end: boolean) => string;

/** A time at the precision given: `1030` begins at 10:30:00 and ends with 10:30:59.999999. */
const timeBound: Bound = (text, end) => {
  const [whole = "", fraction = ""] = text.replaceAll(":", "").split(".");
  const full = end ? "235959" : "000000";
  const fill = end ? "9" : "0";
  return `${whole + full.slice(whole.length)}.${fraction.padEnd(6, fill).slice(0, 6)}`;
};

const dateBound: Bound = (text) => dateKey(text);

/** The bounds a key gives: `a`, `a-b`, `a-` or `-b`. */
export function rangeOf(vr: "DA" | "TM", text: string): Range {
  const bound = vr === "DA" ? dateBound : timeBound;
  const separator = vr === "DA" && /^\d{4}-\d{2}-\d{2}$/.test(text) ? -1 : text.indexOf("-");
  if (separator < 0) return { from: bound(text, false), to: bound(text, true) };
  const [from, to] = [text.slice(0, separator).trim(), text.slice(separator + 1).trim()];
  return { ...(from ? { from: bound(from, false) } : {}), ...(to ? { to: bound(to, true) } : {}) };
}

export const isWithin = ({ from, to }: Range, value: string): boolean =>
  value !== "" && (from === undefined || value >= from) && (to === undefined || value <= to);

const dateTimeLength = 14;

/** A date time with its offset as an instant's text, YYYYMMDDHHMMSS.FFFFFF in UTC; without one as it stands. */
export function dateTimeKey(text: string, end = false): string {
  const { digits, fraction, offset } =
    /^(?<digits>\d{4,14})(?:\.(?<fraction>\d{1,6}))?(?<offset>[+-]\d{4})?$/.exec(text)?.groups ?? {};
  if (digits === undefined) return text;
  const full = end ? "99991231235959" : "00000101000000";
  const whole = digits + full.slice(digits.length);
  const key = `${whole.slice(0, dateTimeLength)}.${(fraction ?? "").padEnd(6, end ? "9" : "0")}`;
  return offset === undefined ? key : shifted(key, offset);
}

function shifted(key: string, offset: string): string {
  const part = (from: number, to: number): number => Number(key.slice(from, to));
  const minutes = (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3))) * (offset[0] === "-" ? 1 : -1);
  const instant = Date.UTC(part(0, 4), part(4, 6) - 1, part(6, 8), part(8, 10), part(10, 12) + minutes, part(12, 14));
  if (Number.isNaN(instant)) return key;
  return new Date(instant).toISOString().replace(/[-:T]/g, "").slice(0, dateTimeLength) + key.slice(dateTimeLength);
}

/** The bounds of a date time key; a `-` before an offset's four digits at the end is the offset's own. */
export function dateTimeRange(text: string): Range {
  const value = String.raw`\d{4,14}(?:\.\d{1,6})?(?:[+-]\d{4})?`;
  const match = new RegExp(`^(${value})?-(${value})?$`).exec(text);
  if (new RegExp(`^${value}$`).test(text) || !match) return { from: dateTimeKey(text), to: dateTimeKey(text, true) };
  const [, from, to] = match;
  return { ...(from ? { from: dateTimeKey(from) } : {}), ...(to ? { to: dateTimeKey(to, true) } : {}) };
}
