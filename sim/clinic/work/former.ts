/** Former patients: seen again by their physician, asking by telephone, looked up before a second course. */

import { chart, ois } from "./charting.ts";
import { asWebUser, at, browse, type Scene } from "./scene.ts";

export function formerPatients(scene: Scene): void {
  const { department, day, dice } = scene;
  if (!department.calendar.isWorkday(day)) return;
  const { followUpsPerDay, callsPerDay, earlierCoursesPerWeek } = department.parameters;
  for (const person of department.staff.onDuty(day, "oncologist")) {
    for (let i = dice.poisson(followUpsPerDay); i > 0; i--) followUp(scene, person);
  }
  for (const person of department.staff.onDuty(day, "nurse")) {
    for (let i = dice.poisson(callsPerDay); i > 0; i--) {
      const time = at(scene, dice.between(8 * 60, 16 * 60));
      const { patientId } = dice.pick(department.holdings.studies);
      chart(scene, { person, address: person.desk, time }, "search-type", []);
      chart(scene, { person, address: person.desk, time: time + 15_000 }, "read", [`Patient/${patientId}`]);
    }
  }
  for (let i = dice.poisson(earlierCoursesPerWeek / 5); i > 0; i--) {
    const person = department.staff.anyone(day, "physicist", dice);
    const study = dice.pick(department.holdings.studies);
    const session = browse(scene, asWebUser(person), at(scene, dice.between(8 * 60 + 30, 17 * 60)));
    session.query("study", { PatientID: study.patientId }, 1);
    session.metadata(study);
    session.pause(60).study(study);
  }
}

function followUp(scene: Scene, person: Parameters<typeof asWebUser>[0]): void {
  const { department, dice } = scene;
  const study = dice.pick(department.holdings.studies);
  const time = at(scene, dice.between(9 * 60, 16 * 60 + 30));
  const act = { person, address: person.desk };
  for (let i = dice.integer(2, 6); i > 0; i--) {
    const references = [`DocumentReference/${study.patientId}-${dice.integer(1, 40)}`, `Patient/${study.patientId}`];
    chart(scene, { ...act, time: time + i * 40_000 }, "read", references);
  }
  ois(scene, { ...act, time }, "patientRecord", { patientId: study.patientId });
  if (!dice.chance(0.6)) return;
  const session = browse(scene, asWebUser(person), time + 120_000);
  session.query("study", { PatientID: study.patientId }, 1);
  session.metadata(study);
  const series = dice.pick(study.series);
  if (series) session.pause(15).series(study, series);
}
