/** Kinds of departments, kept apart by purpose: what one develops on, what one chooses on, what one reports. */
import { Dice } from "./dice.ts";
import { type ClinicParameters, reference } from "./parameters.ts";

export const purposes = ["development", "validation", "sealed"] as const;
export type Purpose = (typeof purposes)[number];

interface Family {
  purpose: Purpose;
  parameters: ClinicParameters;
}

const rural: ClinicParameters = {
  ...reference,
  name: "rural",
  linacs: 2,
  cts: 1,
  staff: { therapist: 6, physicist: 2, dosimetrist: 1, oncologist: 2, nurse: 2, clerk: 1, administrator: 1 },
  patientsOnTreatment: 45,
  formerPatients: 2_500,
  coneBeamShare: 0.35,
  researchStudies: [0, 0],
  vendorUnannouncedPerMonth: 1.2,
  lateWorkPerWeek: 0.7,
  newLinac: undefined,
  migration: { day: 40, nights: 2, studiesPerNight: 30 },
  retagging: undefined,
  monitorMinutes: 15,
};

const university: ClinicParameters = {
  ...reference,
  name: "university",
  formerPatients: 9_000,
  start: "2025-09-15",
  holidays: ["10-03", "12-24", "12-25", "12-26"],
  linacs: 6,
  cts: 3,
  staff: { therapist: 18, physicist: 8, dosimetrist: 5, oncologist: 9, nurse: 5, clerk: 3, administrator: 2 },
  patientsOnTreatment: 170,
  coneBeamShare: 0.4,
  researchStudies: [45, 0.9],
  researchWeekday: 3,
  researchGrowth: 0.05,
  lateWorkPerWeek: 6,
  travelPerMonth: 7,
  troubleshootingPerWeek: 3,
  turnoverPerMonth: 2,
  retagging: { day: 55, objects: 9_000, plansShare: 0.1 },
};

const satellites: ClinicParameters = {
  ...reference,
  name: "satellites",
  formerPatients: 7_000,
  start: "2026-01-12",
  utcOffset: -6,
  summerTime: "us",
  holidays: ["01-19", "02-16"],
  linacs: 5,
  satelliteLinacs: 2,
  staff: { therapist: 14, physicist: 5, dosimetrist: 3, oncologist: 6, nurse: 4, clerk: 3, administrator: 1 },
  patientsOnTreatment: 130,
  opens: 8 * 60,
  closes: 18 * 60,
  coneBeamShare: 0.6,
  travelPerMonth: 6,
  vendorAnnouncedDays: [18, 60],
  migration: { day: 30, nights: 6, studiesPerNight: 35 },
  newLinac: { day: 50, commissioningDays: 25 },
  retagging: { day: 70, objects: 2_500, plansShare: 0.3 },
};

const hypofractionated: ClinicParameters = {
  ...reference,
  name: "hypofractionated",
  formerPatients: 4_000,
  start: "2026-03-02",
  fractions: [1, 3, 5, 5, 5, 10, 15, 15, 20],
  linacs: 3,
  staff: { therapist: 9, physicist: 4, dosimetrist: 4, oncologist: 5, nurse: 3, clerk: 2, administrator: 1 },
  patientsOnTreatment: 75,
  coneBeamShare: 0.95,
  coneBeamSlices: [90, 0.15],
  replanShare: 0.2,
  deletionsPerWeek: 4,
  clockSkew: 45,
  logOutagesPerMonth: 2,
  newLinac: undefined,
};

const network: ClinicParameters = {
  ...reference,
  name: "network",
  formerPatients: 10_000,
  start: "2025-10-06",
  holidays: ["11-01", "12-25", "12-26", "01-01"],
  linacs: 7,
  satelliteLinacs: 4,
  cts: 3,
  staff: { therapist: 21, physicist: 7, dosimetrist: 5, oncologist: 9, nurse: 6, clerk: 4, administrator: 2 },
  patientsOnTreatment: 200,
  coneBeamShare: 0.3,
  vendorUnannouncedPerMonth: 2,
  researchStudies: [10, 1],
  researchWeekday: 6,
  researchHour: 3,
  turnoverPerMonth: 3,
  duplicateLogs: 0.02,
};

const winter: ClinicParameters = {
  ...reference,
  name: "winter",
  formerPatients: 5_000,
  start: "2025-11-24",
  summerTime: "none",
  utcOffset: 9,
  holidays: ["12-31", "01-01", "01-02", "01-12"],
  patientsOnTreatment: 95,
  viewsPerWeek: 3,
  lateWorkPerWeek: 9,
  closes: 20 * 60,
  troubleshootingPerWeek: 0.5,
  mistyped: 0.08,
  researchStudies: [6, 1.2],
  backupHour: 23,
};

export const families: Record<string, Family> = {
  reference: { purpose: "development", parameters: reference },
  rural: { purpose: "development", parameters: rural },
  university: { purpose: "development", parameters: university },
  satellites: { purpose: "validation", parameters: satellites },
  hypofractionated: { purpose: "validation", parameters: hypofractionated },
  network: { purpose: "sealed", parameters: network },
  winter: { purpose: "sealed", parameters: winter },
};

export function familiesFor(purpose: Purpose): string[] {
  return Object.keys(families).filter((name) => families[name]!.purpose === purpose);
}

/** The same number gives unlike departments for unlike purposes. */
export function seedFor(purpose: Purpose, number: number): number {
  return purposes.indexOf(purpose) * 1_000_000 + number;
}

/** A department of a family: its numbers moved by the seed, its projects on other days. */
export function parametersOf(name: string, seed: number, days?: number): ClinicParameters {
  const family = families[name];
  if (!family) throw new RangeError(`no family ${name}; there are ${Object.keys(families).join(", ")}`);
  const base = family.parameters;
  const dice = new Dice(`parameters/${name}/${seed}`);
  const shift = (day: number): number => Math.max(3, day + dice.integer(-12, 8));
  const vary = (value: number): number => value * Math.exp(dice.normal(0, 0.25));
  return {
    ...base,
    days: days ?? base.days,
    patientsOnTreatment: Math.round(base.patientsOnTreatment * dice.between(0.85, 1.1)),
    coneBeamShare: Math.min(1, vary(base.coneBeamShare)),
    viewsPerWeek: vary(base.viewsPerWeek),
    lateWorkPerWeek: vary(base.lateWorkPerWeek),
    travelPerMonth: vary(base.travelPerMonth),
    troubleshootingPerWeek: vary(base.troubleshootingPerWeek),
    backupHour: base.backupHour + dice.between(-0.5, 0.5),
    clockSkew: vary(base.clockSkew),
    vendorCloudEventsPerHour: vary(base.vendorCloudEventsPerHour),
    vendorAnnouncedDays: base.vendorAnnouncedDays.map(shift),
    migration: base.migration && { ...base.migration, day: shift(base.migration.day) },
    retagging: base.retagging && {
      ...base.retagging,
      day: shift(base.retagging.day),
      objects: Math.round(vary(base.retagging.objects)),
    },
    newLinac: base.newLinac && { ...base.newLinac, day: shift(base.newLinac.day) },
  };
}
