/** Physicists: machine checks in the morning, weekly chart checks, troubleshooting at any hour. */

import type { Device } from "../world/equipment.ts";
import { imageSeries, type Study } from "../world/holdings.ts";
import { ois } from "./charting.ts";
import { associate, asWebUser, at, browse, type Scene } from "./scene.ts";

/** The phantom has a record like a patient's. */
const phantoms = new WeakMap<object, Map<string, Study>>();

export function phantomOf({ department, day }: Scene, device: Device): Study {
  const all = phantoms.get(department) ?? new Map<string, Study>();
  phantoms.set(department, all);
  const known = all.get(device.ae) ?? department.holdings.addStudy(`QA-${device.ae}`, day);
  all.set(device.ae, known);
  return known;
}

export function machineChecks(scene: Scene): void {
  const { department, day, dice } = scene;
  const isSaturday = department.calendar.weekday(day) === 6;
  if (!department.calendar.isWorkday(day) && !isSaturday) return;
  for (const linac of department.linacs(day)) {
    const monthly = isSaturday && dice.chance(0.25);
    if (isSaturday && !monthly) continue;
    const opens = department.parameters.opens;
    const time = at(scene, monthly ? dice.between(8 * 60, 11 * 60) : opens - dice.between(20, 50));
    checkMachine(scene, linac, time, monthly ? 60 : dice.integer(3, 8));
  }
}

export function checkMachine(scene: Scene, linac: Device, time: number, images: number): void {
  const { department, day, dice } = scene;
  const physicist = department.staff.anyone(day, dice.chance(0.5) ? "physicist" : "therapist", dice);
  const study = phantomOf(scene, linac);
  ois(scene, { person: physicist, address: linac.ip, time: time - 30_000 }, "patientRecord", {
    patientId: study.patientId,
  });
  const series = department.holdings.addSeries(study, imageSeries("RTIMAGE", images), day);
  const association = associate(scene, linac, time);
  for (let index = 1; index <= images; index++) association.pause(12).store(study.patientId, study, series, index);
  association.release();
}

/** Every chart once a week. */
export function chartChecks(scene: Scene): void {
  const { department, day, dice } = scene;
  if (!department.calendar.isWorkday(day)) return;
  const physicists = department.staff.onDuty(day, "physicist");
  const due = department.patients.filter(({ plan }, index) => plan && index % 5 === (day + 2) % 5);
  for (const patient of due) {
    const physicist = dice.pick(physicists);
    if (!physicist) return;
    const time = at(scene, dice.between(8 * 60 + 30, 16 * 60 + 30));
    ois(scene, { person: physicist, address: physicist.desk, time }, "patientRecord", { patientId: patient.id });
    ois(scene, { person: physicist, address: physicist.desk, time: time + 30_000 }, "procedure", {
      patientId: patient.id,
    });
    if (!dice.chance(0.3)) continue;
    const session = browse(scene, asWebUser(physicist), time + 60_000);
    session.query("series", { StudyInstanceUID: patient.study.uid, Modality: "RTPLAN" }, 1);
    session.metadata(patient.study);
  }
}

/** Something does not work: echoes, queries, the same study fetched again and again, sometimes at night. */
export function troubleshooting(scene: Scene): void {
  const { department, dice } = scene;
  for (let i = dice.poisson(department.parameters.troubleshootingPerWeek / 7); i > 0; i--) {
    const person = department.staff.anyone(scene.day, dice.chance(0.6) ? "physicist" : "administrator", dice);
    const time = at(scene, dice.chance(0.25) ? dice.between(20 * 60, 24 * 60) : dice.between(7 * 60, 18 * 60));
    const station = dice.pick([
      department.equipment.physics,
      ...department.equipment.planning,
      ...department.equipment.cts,
    ]);
    let now = time;
    for (let tries = dice.integer(2, 12); tries > 0; tries--) {
      const association = associate(scene, { ...station, user: person.account }, now);
      association.echo();
      const patient = dice.pick(department.patients);
      association.find(
        "study",
        dice.chance(0.3) ? { PatientName: "*" } : { PatientID: patient.id },
        dice.integer(0, 2),
      );
      if (dice.chance(0.5)) association.retrieve([patient.study], "study", station);
      if (dice.chance(0.3)) association.abort();
      else association.release();
      now = association.now + dice.exponential(90_000);
    }
  }
}
