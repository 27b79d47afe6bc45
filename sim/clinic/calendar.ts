/** Local days and minutes to instants, with daylight saving time. */
import type { ClinicParameters } from "./parameters.ts";

const day = 86_400_000;
const minute = 60_000;

export class Calendar {
  readonly days: number;
  readonly #parameters: ClinicParameters;
  readonly #first: number;

  constructor(parameters: ClinicParameters) {
    this.#parameters = parameters;
    this.days = parameters.days;
    this.#first = Date.parse(`${parameters.start}T00:00:00Z`);
  }

  /** @param minutes of the local day; may lie beyond it. @returns ms since 1970 */
  at(dayIndex: number, minutes: number): number {
    const local = this.#first + dayIndex * day + minutes * minute;
    return local - this.#offset(local);
  }

  /** 0 is Sunday. */
  weekday(dayIndex: number): number {
    return new Date(this.#first + dayIndex * day).getUTCDay();
  }

  isWorkday(dayIndex: number): boolean {
    const weekday = this.weekday(dayIndex);
    return weekday !== 0 && weekday !== 6 && !this.#parameters.holidays.includes(this.date(dayIndex).slice(5));
  }

  /** YYYY-MM-DD. */
  date(dayIndex: number): string {
    return new Date(this.#first + dayIndex * day).toISOString().slice(0, 10);
  }

  /** As DICOM writes it. */
  dicomDate(dayIndex: number): string {
    return this.date(dayIndex).replaceAll("-", "");
  }

  /** ms east of UTC at a local time. */
  #offset(local: number): number {
    const { utcOffset, summerTime } = this.#parameters;
    return (utcOffset + (isSummer(local, summerTime) ? 1 : 0)) * 60 * minute;
  }
}

/** European Union: last Sundays of March and October, 02:00 and 03:00. United States: second of March, first of November, 02:00. */
function isSummer(local: number, rule: ClinicParameters["summerTime"]): boolean {
  if (rule === "none") return false;
  const year = new Date(local).getUTCFullYear();
  const [from, to] =
    rule === "eu" ? [sunday(year, 2, 31), sunday(year, 9, 31)] : [sunday(year, 2, 14), sunday(year, 10, 7)];
  const [begins, ends] = [from + 120 * minute, to + (rule === "eu" ? 180 : 120) * minute];
  return local >= begins && local < ends;
}

/** The last Sunday on or before a date, at 00:00. */
function sunday(year: number, month: number, date: number): number {
  const time = Date.UTC(year, month, date);
  return time - new Date(time).getUTCDay() * day;
}
