/** Physicians, nurses and clerks: looking at images and charts, on duty, late, and while travelling. */

import type { WebUser } from "../web.ts";
import type { Department } from "../world/department.ts";
import type { Patient } from "../world/patients.ts";
import type { Person } from "../world/people.ts";
import { chart, ois, signIn, signOut } from "./charting.ts";
import { asWebUser, at, browse, type Scene } from "./scene.ts";

/** Everybody on duty signs in and out of the systems. */
export function presence(scene: Scene): void {
  const { department, day } = scene;
  for (const person of department.staff.people) {
    if (!department.staff.isPresent(person, day)) continue;
    const own = { ...scene, dice: scene.dice.fork(person.account) };
    const hours = department.staff.hours(person, day);
    const act = { person, address: person.desk, time: at(scene, hours.from) };
    if (own.dice.chance(department.parameters.mistyped)) chart(own, act, "login", [], "4");
    chart(own, { ...act, time: act.time + 5_000 }, "login");
    if (person.role !== "clerk" && person.role !== "administrator") signIn(own, { ...act, time: act.time + 60_000 });
    chart(own, { ...act, time: at(scene, hours.to) }, "logout");
    if (person.role !== "clerk") signOut(own, { ...act, time: at(scene, hours.to) + 30_000 });
  }
}

/** Images and charts of one's own patients; on Tuesdays the round over all of them. */
export function oncologists(scene: Scene): void {
  const { department, day, dice } = scene;
  for (const person of department.staff.onDuty(day, "oncologist")) {
    const own = { ...scene, dice: dice.fork(person.account) };
    const mine = department.patients.filter(({ physician }) => physician === person);
    const looks = own.dice.poisson((mine.length * department.parameters.viewsPerWeek) / 5);
    const hours = department.staff.hours(person, day);
    for (const patient of own.dice.sample(mine, looks)) {
      const time = at(scene, own.dice.between(hours.from + 10, hours.to));
      view(own, asWebUser(person), patient, time);
      readChart(own, person, patient, time + 60_000);
    }
  }
  if (department.calendar.weekday(day) === 2) round(scene);
}

/** One opens, all look on. */
function round(scene: Scene): void {
  const { department, day, dice } = scene;
  const chair = department.staff.anyone(day, "oncologist", dice);
  let time = at(scene, 12 * 60 + 30);
  for (const patient of department.patients.filter(({ plan }) => plan !== undefined)) {
    ois(scene, { person: chair, address: "10.20.9.9", time }, "patientRecord", { patientId: patient.id });
    time += dice.exponential(25_000);
  }
}

export function view(scene: Scene, user: WebUser, patient: Patient, time: number): void {
  const { dice } = scene;
  const session = browse(scene, user, time);
  session.query("study", { PatientID: patient.id }, 1);
  session.pause(5).metadata(patient.study);
  const recent = patient.study.series.filter(({ modality }) => modality === "CT" || modality === "RTDOSE").slice(-4);
  for (const series of dice.sample(recent, dice.integer(1, 2))) session.pause(20).series(patient.study, series);
  const images = recent.at(-1);
  if (!images) return;
  for (let i = dice.poisson(6); i > 0; i--)
    session.pause(4).rendered(patient.study, images, dice.integer(1, images.instances));
}

function readChart(scene: Scene, person: Person, patient: Patient, time: number): void {
  const { dice, department } = scene;
  const reads = Math.max(1, Math.round(dice.logNormal(...department.parameters.chartsPerVisit)));
  for (let i = 0; i < reads; i++) {
    const reference = dice.pick(["Observation", "DocumentReference", "MedicationRequest", "DiagnosticReport"]);
    const references = [`${reference}/${patient.id}-${dice.integer(1, 40)}`, `Patient/${patient.id}`];
    chart(scene, { person, address: person.desk, time: time + i * dice.exponential(30_000) }, "read", references);
  }
}

/** Vital signs once a week, and what the desk looks up. */
export function nursesAndClerks(scene: Scene): void {
  const { department, day, dice } = scene;
  if (!department.calendar.isWorkday(day)) return;
  const nurses = department.staff.onDuty(day, "nurse");
  const seen = department.patients.filter((_, index) => index % 5 === day % 5 && nurses.length > 0);
  for (const patient of seen) {
    const nurse = dice.pick(nurses);
    const time = at(scene, patient.slot + dice.between(15, 40));
    readChart(scene, nurse, patient, time);
    chart(scene, { person: nurse, address: nurse.desk, time: time + 90_000 }, "create", [
      `Observation/${patient.id}-${day}`,
      `Patient/${patient.id}`,
    ]);
  }
  for (const clerk of department.staff.onDuty(day, "clerk")) {
    for (let i = dice.poisson(25); i > 0; i--) {
      const time = at(scene, dice.between(7 * 60 + 30, 16 * 60));
      chart(scene, { person: clerk, address: clerk.desk, time }, "search-type", []);
      const patient = dice.pick(department.patients);
      if (patient)
        chart(scene, { person: clerk, address: clerk.desk, time: time + 9_000 }, "read", [`Patient/${patient.id}`]);
    }
  }
}

/** Late at the desk; or from a hotel, over the hospital's gateway. */
export function unusualHours(scene: Scene): void {
  const { department, dice } = scene;
  const { lateWorkPerWeek, travelPerMonth } = department.parameters;
  for (let i = dice.poisson(lateWorkPerWeek / 7); i > 0; i--) {
    const person = dice.pick(staffAtLarge(department, scene.day));
    session(scene, asWebUser(person), at(scene, dice.between(19 * 60, 24 * 60)));
  }
  for (let i = dice.poisson(travelPerMonth / 30); i > 0; i--) {
    const person = dice.pick(staffAtLarge(department, scene.day));
    const address = `10.99.${dice.integer(0, 3)}.${dice.integer(2, 250)}`;
    session(
      scene,
      { ...asWebUser(person), address, agent: `${person.agent} Mobile` },
      at(scene, dice.between(6 * 60, 23 * 60)),
    );
  }
}

function session(scene: Scene, user: WebUser, time: number): void {
  const { department, dice } = scene;
  const opened = browse(scene, user, time);
  opened.login();
  for (const patient of dice.sample(department.patients, dice.integer(1, 6)))
    view(scene, user, patient, opened.pause(240).now);
}

function staffAtLarge(department: Department, day: number): Person[] {
  return department.staff.people.filter(
    (person) =>
      (person.role === "oncologist" || person.role === "physicist") && department.staff.isEmployed(person, day),
  );
}
