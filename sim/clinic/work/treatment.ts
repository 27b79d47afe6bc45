/** The daily fractions: plan fetched, images for set-up, beams recorded; charted in both systems and in the vendor's cloud. */
import { recordFacts } from "../treatment-facts.ts";
import { imageSeries } from "../world/holdings.ts";
import type { Patient } from "../world/patients.ts";
import type { Person } from "../world/people.ts";
import { chart, ois } from "./charting.ts";
import { syncFraction } from "./cloud.ts";
import { associate, at, type Scene } from "./scene.ts";

export function treatment(scene: Scene): void {
  const { department, day } = scene;
  if (!department.calendar.isWorkday(day)) return;
  const therapists = department.staff.onDuty(day, "therapist");
  for (const patient of department.patients) {
    if (patient.nextPlan?.approval === "APPROVED" && patient.nextPlan.validFrom <= day) begin(patient);
    if (patient.firstFraction > day || patient.plan?.approval !== "APPROVED") continue;
    const own = { ...scene, dice: scene.dice.fork(patient.id) };
    if (own.dice.chance(department.parameters.fractionMissed)) continue;
    fraction(own, patient, therapists);
  }
  department.discharge();
}

/** By the new plan from now on; its fractions count from 1. */
function begin(patient: Patient): void {
  const plan = patient.nextPlan!;
  plan.before = patient.fractionsDone;
  patient.plan = plan;
  patient.nextPlan = undefined;
}

function fraction(scene: Scene, patient: Patient, therapists: readonly Person[]): void {
  const { department, dice } = scene;
  const team = therapists.filter(({ place }) => place % department.parameters.linacs === linacIndex(patient));
  const therapist = dice.pick(team.length > 0 ? team : therapists) ?? department.staff.people[0]!;
  const begins = at(scene, patient.slot + dice.normal(0, 6) + dice.exponential(4));
  const console = { person: therapist, address: patient.linac.ip, time: begins };
  const clerk = department.staff.anyone(scene.day, "clerk", dice);
  const arrives = begins - dice.logNormal(14, 0.5) * 60_000;
  chart(scene, { person: clerk, address: clerk.desk, time: arrives }, "update", [
    `Appointment/${patient.id}-${patient.fractionsDone + 1}`,
    `Patient/${patient.id}`,
  ]);
  ois(scene, console, "patientRecord", { patientId: patient.id });
  ois(scene, { ...console, time: begins + 4_000 }, "procedure", { patientId: patient.id, studyUid: patient.study.uid });
  patient.fractionsDone++;
  const interrupted = dice.chance(department.parameters.fractionInterrupted);
  const stop = interrupted ? dice.between(0.2, 0.9) : 1;
  const ended = deliver(scene, patient, begins, 0, stop);
  if (interrupted) deliver(scene, patient, ended + dice.logNormal(40, 0.6) * 60_000, stop, 1);
  ois(scene, { ...console, time: ended + 3_000 }, "procedure", { action: "C", patientId: patient.id });
  syncFraction(scene, patient, ended);
  if (patient.fractionsDone - patient.plan!.before >= patient.plan!.fractions) patient.ended = true;
}

/** From one share of the metersets to another. @returns when the room is free */
export function deliver(scene: Scene, patient: Patient, begins: number, from: number, to: number): number {
  const { department, dice, day } = scene;
  const plan = patient.plan!;
  const prepare = associate(scene, patient.linac, begins + dice.between(2_000, 9_000));
  prepare.find("study", { PatientID: patient.id, ModalitiesInStudy: "RTPLAN" }, 1);
  const planSeries = patient.study.series.find(({ uid }) => uid === plan.series);
  if (planSeries) prepare.retrieveSeries(patient.study, planSeries, patient.linac);
  prepare.release();
  const console = associate(scene, patient.linac, prepare.now + dice.logNormal(90, 0.4) * 1000);
  setUpImages(scene, patient, console);
  console.now += dice.logNormal(150, 0.4) * 1000;
  const beams = plan.beams.map(({ number, mu }) => ({
    number,
    specified: mu,
    delivered: Math.round((mu * (to - from) + dice.normal(0, 0.03)) * 10) / 10,
  }));
  const records = { uid: patient.recordSeries, ...imageSeries("RTRECORD", 1) };
  const index = patient.fractionsDone * 10 + (from > 0 ? 2 : 1);
  const delivery = { plan, fraction: patient.fractionsDone - plan.before, beams, continues: from > 0 };
  console.store(patient.id, patient.study, records, index, { facts: recordFacts(delivery) });
  if (dice.chance(department.parameters.storeRetry)) {
    console.store(patient.id, patient.study, records, index, { activity: "duplicate", facts: recordFacts(delivery) });
  }
  console.release();
  patient.study.lastDay = day;
  return console.now;
}

function setUpImages(scene: Scene, patient: Patient, console: ReturnType<typeof associate>): void {
  const { department, dice, day } = scene;
  const { coneBeamSlices } = department.parameters;
  const count = patient.coneBeam ? Math.round(dice.logNormal(...coneBeamSlices)) : 2;
  const facts = imageSeries(patient.coneBeam ? "CT" : "RTIMAGE", count);
  const images = department.holdings.addSeries(patient.study, facts, day);
  for (let index = 1; index <= count; index++) {
    console.store(patient.id, patient.study, images, index);
    if (dice.chance(department.parameters.refusedObjects)) console.refused(images, index, "object/truncated", 20_000);
  }
  const shift = department.holdings.addSeries(patient.study, imageSeries("REG", 1), day);
  console.pause(20).store(patient.id, patient.study, shift, 1);
}

function linacIndex(patient: Patient): number {
  return (Number(patient.linac.ae.slice(5)) - 1) % 64;
}
