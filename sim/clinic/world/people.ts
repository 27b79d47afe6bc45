/** The staff: accounts, desks, shifts, absences; people leave and others come. */
import type { Calendar } from "../calendar.ts";
import type { Dice } from "../dice.ts";
import { type ClinicParameters, type Role, roles } from "../parameters.ts";

export interface Person {
  account: string;
  role: Role;
  /** Address of the usual desk. */
  desk: string;
  /** First and last day of employment, the last one not included. */
  from: number;
  until: number;
  /** Index within the role: early or late shift, which linac, whose patients. */
  place: number;
  /** Usual begin, minutes of the day, and length of the shift. */
  begins: number;
  shift: number;
  agent: string;
}

const syllables = [
  "an",
  "be",
  "cor",
  "da",
  "el",
  "fi",
  "gro",
  "ha",
  "is",
  "jo",
  "ka",
  "li",
  "mo",
  "ne",
  "or",
  "pe",
  "ri",
];

export class Staff {
  readonly people: Person[] = [];
  readonly #calendar: Calendar;
  readonly #dice: Dice;

  constructor(parameters: ClinicParameters, calendar: Calendar, dice: Dice) {
    this.#calendar = calendar;
    this.#dice = dice;
    for (const role of roles) {
      for (let place = 0; place < parameters.staff[role]; place++) this.#hire(role, place, 0);
    }
    this.#turnover(parameters, dice.fork("turnover"));
  }

  /** On duty that day, by role; whoever is on leave or ill is not. */
  onDuty(day: number, role: Role): Person[] {
    return this.people.filter((person) => person.role === role && this.isPresent(person, day));
  }

  /** Somebody of that role, although nobody may be on duty. */
  anyone(day: number, role: Role, dice: Dice): Person {
    const present = this.onDuty(day, role);
    if (present.length > 0) return dice.pick(present);
    return this.people.find((person) => person.role === role && this.isEmployed(person, day)) ?? this.people[0]!;
  }

  isEmployed(person: Person, day: number): boolean {
    return day >= person.from && day < person.until;
  }

  isPresent(person: Person, day: number): boolean {
    if (!this.isEmployed(person, day) || !this.#calendar.isWorkday(day)) return false;
    const blocks = this.#dice.fork(`leave/${person.account}/${Math.floor(day / 7)}`);
    if (blocks.chance(0.06)) return false;
    return !this.#dice.fork(`ill/${person.account}/${day}`).chance(0.02);
  }

  /** Minutes of the day between which a person works that day. */
  hours(person: Person, day: number): { from: number; to: number } {
    const dice = this.#dice.fork(`hours/${person.account}/${day}`);
    const from = person.begins + dice.normal(0, 12);
    return { from, to: from + person.shift + dice.exponential(15) };
  }

  #hire(role: Role, place: number, from: number): Person {
    const dice = this.#dice.fork(`hire/${role}/${place}/${from}`);
    const name = dice.pick(syllables) + dice.pick(syllables) + dice.pick(["", dice.pick(syllables)]);
    const early = role !== "therapist" || place % 2 === 0;
    const person: Person = {
      account: `${dice.pick([..."abcdefghijklmnoprstvw"])}.${name}${this.people.length}`,
      role,
      desk: `10.20.${6 + roles.indexOf(role)}.${20 + this.people.length}`,
      from,
      until: Number.POSITIVE_INFINITY,
      place,
      begins: early ? dice.between(7 * 60, 8 * 60 + 15) : dice.between(9 * 60 + 30, 10 * 60 + 15),
      shift: dice.between(480, 540),
      agent: dice.pick(["Mozilla/5.0 RadView/4.2", "Mozilla/5.0 RadView/4.2", "Mozilla/5.0 RadView/4.1"]),
    };
    this.people.push(person);
    return person;
  }

  #turnover(parameters: ClinicParameters, dice: Dice): void {
    const months = parameters.days / 30;
    for (let i = dice.poisson(parameters.turnoverPerMonth * months); i > 0; i--) {
      const leaver = dice.pick(this.people);
      const day = dice.integer(5, Math.max(6, parameters.days - 1));
      if (leaver.until !== Number.POSITIVE_INFINITY || leaver.role === "administrator") continue;
      leaver.until = day;
      this.#hire(leaver.role, leaver.place, day + dice.integer(-4, 7));
    }
  }
}
