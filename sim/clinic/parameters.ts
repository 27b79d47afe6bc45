/** Every number of the department. A family (families.ts) gives its own; a seed draws from them. */

/** [median, sigma of the logarithm]: a log-normal quantity. */
export type Spread = readonly [median: number, sigma: number];

export interface ClinicParameters {
  name: string;
  /** First day, YYYY-MM-DD in local time. */
  start: string;
  days: number;
  /** Hours east of UTC in winter. */
  utcOffset: number;
  summerTime: "eu" | "us" | "none";
  /** Days of the year without treatment, MM-DD. */
  holidays: readonly string[];

  linacs: number;
  /** Of those, at satellite sites with a network of their own. */
  satelliteLinacs: number;
  cts: number;
  staff: Record<Role, number>;
  patientsOnTreatment: number;
  /** Patients of the past whose studies lie in the archive. */
  formerPatients: number;

  /** Minutes of the local day. */
  opens: number;
  closes: number;
  slotMinutes: number;
  fractions: readonly number[];
  fractionMissed: number;
  fractionInterrupted: number;
  coneBeamShare: number;
  coneBeamSlices: Spread;
  planningSlices: Spread;
  /** Share of new patients whose diagnostic images the hospital's PACS sends. */
  priorsShare: number;
  priorsInstances: Spread;
  replanShare: number;
  /** Share of approved plans that are taken back, altered and approved anew under the same UID, before treatment. */
  planRevised: number;
  /** Share of plans checked by phantom measurement before treatment. */
  planMeasured: number;
  /** Physician's looks at a patient's images per patient and week. */
  viewsPerWeek: number;
  chartsPerVisit: Spread;
  /** Former patients seen again: by each oncologist a day; asking by telephone, each nurse a day; looked up by physicists a week. */
  followUpsPerDay: number;
  callsPerDay: number;
  earlierCoursesPerWeek: number;
  /** Linacs down for some hours; their patients are treated on another in the evening. */
  breakdownsPerMonth: number;
  /** Share of the patients treated on the Saturday after a holiday. */
  catchUpShare: number;

  lateWorkPerWeek: number;
  travelPerMonth: number;
  troubleshootingPerWeek: number;
  /** Probability of a mistyped password per login. */
  mistyped: number;
  storeRetry: number;
  refusedObjects: number;
  deletionsPerWeek: number;
  /** Series that come again under their UIDs with a corrected header, a week; with other pixels, a month. */
  correctionsPerWeek: number;
  pixelChangesPerMonth: number;
  /** Share of the hospital's series that are not quite in order, or have a TIFF preamble. */
  irregularShare: number;

  /** The oncology system asks the archive for news every so many minutes of the working day. */
  pollMinutes: number;
  monitorMinutes: number;
  backupHour: number;
  /** Studies of a research export; 0 in a clinic without research. */
  researchStudies: Spread;
  researchWeekday: number;
  researchHour: number;
  /** Growth of the research export a week. */
  researchGrowth: number;

  vendorAnnouncedDays: readonly number[];
  vendorUnannouncedPerMonth: number;
  vendorCloudEventsPerHour: number;
  cloudEventsPerFraction: number;

  migration: { day: number; nights: number; studiesPerNight: number } | undefined;
  retagging: { day: number; objects: number; plansShare: number } | undefined;
  newLinac: { day: number; commissioningDays: number } | undefined;
  turnoverPerMonth: number;

  /** Seconds by which the clocks of OIS and EHR are off, standard deviation; drift in seconds a day. */
  clockSkew: number;
  clockDrift: number;
  duplicateLogs: number;
  /** Outages a month after which a log source delivers late. */
  logOutagesPerMonth: number;
  logOutageHours: Spread;

  /** What the archive reads from stored objects beyond their size, digest and χ². */
  archiveTells: { treatment: boolean; pixelDigest: boolean };
}

export const roles = [
  "therapist",
  "physicist",
  "dosimetrist",
  "oncologist",
  "nurse",
  "clerk",
  "administrator",
] as const;
export type Role = (typeof roles)[number];

/** The department of the reference case: four linacs, two CTs, thirty people, 120 patients on treatment. */
export const reference: ClinicParameters = {
  name: "reference",
  start: "2026-02-02",
  days: 90,
  utcOffset: 1,
  summerTime: "eu",
  holidays: ["04-03", "04-06", "05-01"],
  linacs: 4,
  satelliteLinacs: 0,
  cts: 2,
  staff: { therapist: 12, physicist: 4, dosimetrist: 3, oncologist: 5, nurse: 3, clerk: 2, administrator: 1 },
  patientsOnTreatment: 120,
  formerPatients: 6_000,
  opens: 7 * 60 + 30,
  closes: 17 * 60 + 30,
  slotMinutes: 15,
  fractions: [5, 5, 15, 15, 20, 25, 28, 30, 33, 35],
  fractionMissed: 0.02,
  fractionInterrupted: 0.01,
  coneBeamShare: 0.5,
  coneBeamSlices: [72, 0.2],
  planningSlices: [150, 0.3],
  priorsShare: 0.4,
  priorsInstances: [220, 0.8],
  replanShare: 0.07,
  planRevised: 0.05,
  planMeasured: 0.5,
  viewsPerWeek: 1.6,
  chartsPerVisit: [4, 0.6],
  followUpsPerDay: 3,
  callsPerDay: 3,
  earlierCoursesPerWeek: 2,
  breakdownsPerMonth: 0.8,
  catchUpShare: 0.4,
  lateWorkPerWeek: 2,
  travelPerMonth: 2,
  troubleshootingPerWeek: 1.5,
  mistyped: 0.03,
  storeRetry: 0.01,
  refusedObjects: 0.0003,
  deletionsPerWeek: 1.5,
  correctionsPerWeek: 1.5,
  pixelChangesPerMonth: 0.7,
  irregularShare: 0.02,
  pollMinutes: 15,
  monitorMinutes: 5,
  backupHour: 1.5,
  researchStudies: [18, 0.5],
  researchWeekday: 5,
  researchHour: 21,
  researchGrowth: 0.02,
  vendorAnnouncedDays: [24, 52, 80],
  vendorUnannouncedPerMonth: 0.7,
  vendorCloudEventsPerHour: 14,
  cloudEventsPerFraction: 6,
  migration: { day: 60, nights: 4, studiesPerNight: 45 },
  retagging: { day: 45, objects: 4_000, plansShare: 0.2 },
  newLinac: { day: 35, commissioningDays: 18 },
  turnoverPerMonth: 0.8,
  clockSkew: 8,
  clockDrift: 0.2,
  duplicateLogs: 0.004,
  logOutagesPerMonth: 0.7,
  logOutageHours: [1.5, 0.8],
  archiveTells: { treatment: true, pixelDigest: true },
};
