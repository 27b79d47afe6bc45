/** What runs by itself: monitoring, the nightly copy, research exports; and the administrator's tidying up. */
import { associate, asWebUser, at, browse, type Scene } from "./scene.ts";

export function monitoring(scene: Scene): void {
  const { department, dice } = scene;
  const every = department.parameters.monitorMinutes;
  const first = dice.between(0, 0.2);
  for (let minute = first; minute < 1440; minute += every) {
    const association = associate(scene, department.equipment.monitor, at(scene, minute));
    association.echo();
    association.release();
  }
}

/** The oncology system looks for new plans and records, and fetches what is new. */
export function polling(scene: Scene): void {
  const { department, dice, day } = scene;
  const { pollMinutes, opens, closes } = department.parameters;
  if (!department.calendar.isWorkday(day)) return;
  const { oncology } = department.equipment;
  for (let minute = opens - 30 + dice.between(0, pollMinutes); minute < closes + 90; minute += pollMinutes) {
    const association = associate(scene, oncology, at(scene, minute + dice.between(0, 0.3)));
    const found = dice.poisson(0.6);
    association.find("study", { StudyDate: department.calendar.dicomDate(day), ModalitiesInStudy: "RTPLAN" }, found);
    for (const { study } of dice.sample(department.patients, found)) {
      const series = study.series.findLast(({ modality }) => modality === "RTPLAN");
      if (series) association.retrieveSeries(study, series, oncology);
    }
    association.release();
  }
}

/** What arrived since yesterday, study by study; on Sundays what arrived in a month. */
export function backup(scene: Scene): void {
  const { department, day, dice } = scene;
  const since = department.calendar.weekday(day) === 0 ? day - 30 : day - 1;
  const studies = department.holdings.studies.filter(({ lastDay }) => lastDay >= since && lastDay < day + 1);
  const { backup: device } = department.equipment;
  const association = associate(scene, device, at(scene, department.parameters.backupHour * 60 + dice.exponential(3)));
  association.find("study", { StudyDate: `${department.calendar.dicomDate(since)}-` }, studies.length);
  for (const study of studies) association.pause(2).retrieve([study], "study", device);
  association.release();
}

export function research(scene: Scene): void {
  const { department, day, dice } = scene;
  const { researchStudies, researchWeekday, researchHour, researchGrowth } = department.parameters;
  if (researchStudies[0] === 0 || department.calendar.weekday(day) !== researchWeekday) return;
  const wanted = Math.round(dice.logNormal(...researchStudies) * (1 + researchGrowth) ** (day / 7));
  const { research: device } = department.equipment;
  const association = associate(scene, device, at(scene, researchHour * 60 + dice.exponential(10)));
  association.find("study", { PatientName: "*", ModalitiesInStudy: "RTPLAN" }, wanted * 2);
  for (const study of dice.sample(department.holdings.studies, wanted)) {
    association.pause(5).retrieve([study], "study", device);
  }
  association.release();
}

/** Duplicates and test patients are taken out by the administrator. */
export function tidyingUp(scene: Scene): void {
  const { department, day, dice } = scene;
  if (!department.calendar.isWorkday(day)) return;
  const administrator = department.staff.anyone(day, "administrator", dice);
  const session = browse(scene, asWebUser(administrator), at(scene, dice.between(9 * 60, 15 * 60)));
  if (dice.chance(0.4)) session.administer(dice.pick(["peers", "status", "users"]));
  for (let i = dice.poisson(department.parameters.deletionsPerWeek / 5); i > 0; i--) {
    const study = department.holdings.addStudy(`TEST-${dice.integer(1, 40)}`, day);
    session.pause(60).query("study", { PatientID: study.patientId }, 1);
    session.pause(20).remove(study);
  }
}
