/** The daily fractions: plan fetched, images for set-up, beams recorded; charted in both systems and in the vendor's cloud. */
import { recordFacts } from "../treatment-facts.ts";
import type { Device } from "../world/equipment.ts";
import { imageSeries } from "../world/holdings.ts";
import type { Patient } from "../world/patients.ts";
import type { Person } from "../world/people.ts";
import { chart, ois } from "./charting.ts";
import { syncFraction } from "./cloud.ts";
import { associate, at, type Scene } from "./scene.ts";

export function treatment(scene: Scene): void {
  const { department, day } = scene;
  const isCatchUp = !department.calendar.isWorkday(day) && followsHoliday(scene);
  if (!department.calendar.isWorkday(day) && !isCatchUp) return;
  const therapists = isCatchUp ? onCall(scene) : department.staff.onDuty(day, "therapist");
  const broken = breakdown(scene);
  for (const patient of department.patients) {
    if (patient.nextPlan?.approval === "APPROVED" && patient.nextPlan.validFrom <= day) begin(patient);
    if (patient.firstFraction > day || patient.plan?.approval !== "APPROVED") continue;
    const own = { ...scene, dice: scene.dice.fork(patient.id) };
    if (isCatchUp && !own.dice.chance(department.parameters.catchUpShare)) continue;
    if (own.dice.chance(department.parameters.fractionMissed)) continue;
    const elsewhere = broken?.from === patient.linac ? broken : undefined;
    fraction(own, patient, therapists, elsewhere);
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

interface Breakdown {
  from: Device;
  to: Device;
  /** Minute of the day from which the other machine is free. */
  minute: number;
}

/** A machine that stands still: its patients wait for the evening of another. */
function breakdown({ department, dice, day }: Scene): Breakdown | undefined {
  if (!dice.chance((department.parameters.breakdownsPerMonth / 30) * 1.4)) return undefined;
  const [from, to] = dice.sample(department.linacs(day), 2);
  return from && to && { from, to, minute: department.parameters.closes + 15 };
}

/** A Saturday after a week with a holiday. */
function followsHoliday({ department, day }: Scene): boolean {
  const { calendar } = department;
  return calendar.weekday(day) === 6 && [1, 2, 3, 4, 5].some((back) => !calendar.isWorkday(day - back));
}

function onCall({ department, day }: Scene): Person[] {
  return department.staff.people
    .filter((one) => one.role === "therapist" && department.staff.isEmployed(one, day))
    .slice(0, 4);
}

function fraction(scene: Scene, patient: Patient, therapists: readonly Person[], elsewhere?: Breakdown): void {
  const { department, dice } = scene;
  const team = therapists.filter(({ place }) => place % department.parameters.linacs === linacIndex(patient));
  const therapist = dice.pick(team.length > 0 ? team : therapists) ?? department.staff.people[0]!;
  const { opens } = department.parameters;
  const slot = elsewhere ? elsewhere.minute + (patient.slot - opens) / 3 : patient.slot;
  const begins = at(scene, slot + dice.normal(0, 6) + dice.exponential(4));
  const linac = elsewhere?.to ?? patient.linac;
  const console = { person: therapist, address: linac.ip, time: begins };
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
  const ended = deliver(scene, patient, linac, begins, [0, stop]);
  if (interrupted) deliver(scene, patient, linac, ended + dice.logNormal(40, 0.6) * 60_000, [stop, 1]);
  ois(scene, { ...console, time: ended + 3_000 }, "procedure", { action: "C", patientId: patient.id });
  syncFraction(scene, patient, ended);
  if (patient.fractionsDone - patient.plan!.before >= patient.plan!.fractions) patient.ended = true;
}

/** From one share of the metersets to another. @returns when the room is free */
function deliver(
  scene: Scene,
  patient: Patient,
  linac: Device,
  begins: number,
  part: readonly [number, number],
): number {
  const [from, to] = part;
  const { department, dice, day } = scene;
  const plan = patient.plan!;
  const prepare = associate(scene, linac, begins + dice.between(2_000, 9_000));
  prepare.find("study", { PatientID: patient.id, ModalitiesInStudy: "RTPLAN" }, 1);
  const planSeries = patient.study.series.find(({ uid }) => uid === plan.series);
  if (planSeries) prepare.retrieveSeries(patient.study, planSeries, linac);
  prepare.release();
  const console = associate(scene, linac, prepare.now + dice.logNormal(90, 0.4) * 1000);
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
