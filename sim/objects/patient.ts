/** An invented patient, the study and the identifiers that link all objects of a radiotherapy course. */
import type { Attributes } from "./attributes.ts";
import { Random, uidOf } from "./random.ts";

export interface Course {
  /** Opens every label of this patient's identifiers and random sequences. */
  label: string;
  folder: string;
  /** Patient and General Study modules, and what all equipment of the centre shares. */
  common: Attributes;
  frameOfReferenceUid: string;
  ctSeriesUid: string;
  structureSetUid: string;
  planUid: string;
  doseUid: string;
  ctImageUid(slice: number): string;
  recordUid(fraction: number, part: number): string;
  /** Planning day; treatment starts a week later. */
  day: number;
}

const families = [
  "Lindqvist",
  "Okafor",
  "Baumgärtner",
  "Ferreira",
  "Novák",
  "Haddad",
  "Sørensen",
  "Marchetti",
  "Iyer",
  "Kowalczyk",
];
const givens = ["Åsa", "Chidi", "Jörg", "Inês", "Zdeněk", "Leila", "Mette", "Paolo", "Anjali", "Stanisław"];
const otherScripts = ["Nakamura^Yui=中村^結衣", "Papadakis^Eleni=Παπαδάκη^Ελένη", "Sokolova^Vera=Соколова^Вера"];
const dayMs = 86_400_000;

export function makeCourse(seed: number, patient: number): Course {
  const label = `${seed}/${patient}`;
  const random = new Random(`${label}/patient`);
  const day = Date.UTC(2026, 1, 2) + random.integer(0, 20) * dayMs;
  const sex = random.pick(["F", "M"]);
  const name = random.next() < 0.2 ? random.pick(otherScripts) : `${random.pick(families)}^${random.pick(givens)}`;
  const common = {
    SpecificCharacterSet: "ISO_IR 192",
    StudyDate: dateText(day),
    StudyTime: "081500",
    AccessionNumber: `A${String(random.integer(0, 9_999_999)).padStart(7, "0")}`,
    Manufacturer: "Holdfast Simulation",
    InstitutionName: "Invented Cancer Centre",
    ReferringPhysicianName: "Referrer^Invented",
    StationName: "SIM1",
    StudyDescription: "Radiotherapy planning",
    ManufacturerModelName: "Virtual",
    PatientName: name,
    PatientID: `SIM-${String(seed)}-${String(patient).padStart(5, "0")}`,
    PatientBirthDate: dateText(Date.UTC(1935 + random.integer(0, 50), random.integer(0, 11), random.integer(1, 28))),
    PatientSex: sex,
    DeviceSerialNumber: "SIM-0001",
    SoftwareVersions: "1",
    StudyInstanceUID: uidOf(`${label}/study`),
    StudyID: String(patient),
  };
  return {
    label,
    folder: `patient-${String(patient).padStart(5, "0")}`,
    common,
    frameOfReferenceUid: uidOf(`${label}/frame`),
    ctSeriesUid: uidOf(`${label}/ct`),
    structureSetUid: uidOf(`${label}/structures`),
    planUid: uidOf(`${label}/plan`),
    doseUid: uidOf(`${label}/dose`),
    ctImageUid: (slice) => uidOf(`${label}/ct/${slice}`),
    recordUid: (fraction, part) => uidOf(`${label}/record/${fraction}/${part}`),
    day,
  };
}

/** YYYYMMDD of a moment in milliseconds. */
export function dateText(day: number): string {
  return new Date(day).toISOString().slice(0, 10).replaceAll("-", "");
}

/** The day of the n-th fraction (from 1): working days, from a week after planning. */
export function treatmentDay(course: Course, fraction: number): number {
  let day = course.day + 7 * dayMs;
  for (let left = fraction; ; day += dayMs) {
    const weekday = new Date(day).getUTCDay();
    if (weekday !== 0 && weekday !== 6 && --left === 0) return day;
  }
}
