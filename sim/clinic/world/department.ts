/** Everything that exists: calendar, people, machines, patients, and what lies in the archive. */
import { Calendar } from "../calendar.ts";
import { Dice } from "../dice.ts";
import type { ClinicParameters } from "../parameters.ts";
import { type Device, type Equipment, equip, newLinac } from "./equipment.ts";
import { Holdings, imageSeries } from "./holdings.ts";
import { makePlan, type Patient } from "./patients.ts";
import { Staff } from "./people.ts";

/** Days between referral and the first fraction at most. */
const mostPrepared = 10;

export class Department {
  readonly parameters: ClinicParameters;
  readonly calendar: Calendar;
  readonly staff: Staff;
  readonly equipment: Equipment;
  readonly holdings: Holdings;
  patients: Patient[] = [];
  readonly #dice: Dice;
  #nextPatient = 700_001;

  constructor(parameters: ClinicParameters, seed: number) {
    this.parameters = parameters;
    this.#dice = new Dice(`department/${parameters.name}/${seed}`);
    this.calendar = new Calendar(parameters);
    this.staff = new Staff(parameters, this.calendar, this.#dice.fork("staff"));
    this.equipment = equip(parameters);
    this.holdings = new Holdings(seed);
    this.holdings.fill(parameters.formerPatients, this.#dice.fork("former"));
    for (let i = 0; i < parameters.patientsOnTreatment; i++) this.#known(0);
    this.#waiting();
  }

  dice(label: string): Dice {
    return this.#dice.fork(label);
  }

  /** Treatment machines in clinical use. */
  linacs(day: number): Device[] {
    const { newLinac: planned } = this.parameters;
    const isReady = planned && day >= planned.day + planned.commissioningDays;
    return isReady ? [...this.equipment.linacs, this.comingLinac] : this.equipment.linacs;
  }

  get comingLinac(): Device {
    return newLinac(this.parameters.linacs);
  }

  /** Someone new, whose course begins on a day; images and plan are still to be made. */
  admit(day: number, firstFraction: number): Patient {
    const id = String(this.#nextPatient++);
    const dice = this.#dice.fork(`patient/${id}`);
    const study = this.holdings.addStudy(id, day);
    const oncologists = this.staff.people.filter((person) => person.role === "oncologist");
    const linac = this.#quietest(day);
    const patient: Patient = {
      id,
      study,
      recordSeries: this.holdings.uid(),
      physician: dice.pick(oncologists.filter((one) => this.staff.isEmployed(one, day))) ?? oncologists[0]!,
      linac,
      slot: this.#freeSlot(linac, day),
      plan: undefined,
      nextPlan: undefined,
      fractionsDone: 0,
      firstFraction,
      replanAt: undefined,
      ended: false,
      coneBeam: dice.chance(this.parameters.coneBeamShare),
    };
    this.patients.push(patient);
    return patient;
  }

  discharge(): void {
    this.patients = this.patients.filter((patient) => !patient.ended);
  }

  /** Those who are prepared already and begin within the first days. */
  #waiting(): void {
    const { patientsOnTreatment, fractions } = this.parameters;
    const mean = fractions.reduce((sum, count) => sum + count, 0) / fractions.length;
    const dice = this.#dice.fork("waiting");
    for (let day = 1; day <= mostPrepared; day++) {
      if (!this.calendar.isWorkday(day)) continue;
      for (let i = dice.poisson(patientsOnTreatment / mean); i > 0; i--) this.#known(day);
    }
  }

  /** Somebody whose images and plan are in the archive. @param firstFraction 0: the course has begun before */
  #known(firstFraction: number): void {
    const patient = this.admit(-1, firstFraction);
    const dice = this.#dice.fork(`course/${patient.id}`);
    const { study } = patient;
    const slices = Math.round(dice.logNormal(...this.parameters.planningSlices));
    for (const [modality, count] of [
      ["CT", slices],
      ["RTSTRUCT", 1],
      ["RTDOSE", 1],
    ] as const) {
      this.holdings.addSeries(study, imageSeries(modality, count), -1);
    }
    const series = this.holdings.addSeries(study, imageSeries("RTPLAN", 1), -1);
    const fractions = this.#courseLength(dice, firstFraction === 0);
    patient.plan = makePlan(`${series.uid}.1`, series.uid, fractions, dice);
    const approvedAt = this.calendar.at(-1, dice.between(8 * 60, 17 * 60)) - dice.integer(1, 30) * 86_400_000;
    Object.assign(patient.plan, { approval: "APPROVED", approvedAt, reviewer: patient.physician.account });
    patient.fractionsDone = firstFraction === 0 ? dice.integer(0, fractions - 1) : 0;
    if (dice.chance(this.parameters.replanShare)) patient.replanAt = dice.integer(2, Math.max(2, fractions - 3));
  }

  /** Whoever is met on treatment is more likely met in a long course. */
  #courseLength(dice: Dice, isMet: boolean): number {
    const { fractions } = this.parameters;
    const longest = Math.max(...fractions);
    for (;;) {
      const length = dice.pick(fractions);
      if (!isMet || dice.chance(length / longest)) return length;
    }
  }

  #quietest(day: number): Device {
    const load = (device: Device): number => this.patients.filter(({ linac }) => linac.ae === device.ae).length;
    return this.linacs(day).reduce((best, device) => (load(device) < load(best) ? device : best));
  }

  #freeSlot(linac: Device, day: number): number {
    const { opens, closes, slotMinutes } = this.parameters;
    const taken = new Set(this.patients.filter((one) => one.linac.ae === linac.ae).map(({ slot }) => slot));
    const slots = Array.from({ length: Math.floor((closes - opens) / slotMinutes) }, (_, i) => opens + i * slotMinutes);
    const free = slots.filter((slot) => !taken.has(slot));
    return this.#dice.fork(`slot/${linac.ae}/${day}/${this.#nextPatient}`).pick(free.length > 0 ? free : slots);
  }
}
