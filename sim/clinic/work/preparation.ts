/** From referral to the first fraction: planning CT, contours, plan, approval, check; and replans on the way. */
import { unaltered } from "../contents.ts";
import { planFacts } from "../treatment-facts.ts";
import type { Device } from "../world/equipment.ts";
import { imageSeries, type Series } from "../world/holdings.ts";
import { makePlan, type Patient, type Plan } from "../world/patients.ts";
import type { Person } from "../world/people.ts";
import { chart, ois } from "./charting.ts";
import { associate, asWebUser, at, browse, type Scene } from "./scene.ts";

interface Step {
  day: number;
  patient: Patient;
  kind: "scan" | "priors" | "contours" | "plan" | "approve" | "check" | "replan";
}

/** Keeps the steps that lie ahead. */
export class Preparation {
  #steps: Step[] = [];

  /** Admits as many as leave, on average, and does what is due. */
  readonly work = (scene: Scene): void => {
    const { department, day } = scene;
    if (!department.calendar.isWorkday(day)) return;
    this.#admissions(scene);
    this.#replans(scene);
    const due = this.#steps.filter((step) => step.day <= day);
    this.#steps = this.#steps.filter((step) => step.day > day);
    for (const step of due) this.#do({ ...scene, dice: scene.dice.fork(`${step.kind}/${step.patient.id}`) }, step);
  };

  #admissions(scene: Scene): void {
    const { department, day, dice } = scene;
    const { patientsOnTreatment, fractions } = department.parameters;
    const mean = fractions.reduce((sum, count) => sum + count, 0) / fractions.length;
    const active = department.patients.filter(({ firstFraction }) => firstFraction <= day).length;
    const pending = department.patients.length - active;
    const wanted = (patientsOnTreatment / mean) * (active + pending * 0.5 < patientsOnTreatment * 1.05 ? 1.1 : 0.7);
    for (let i = dice.poisson(wanted); i > 0; i--) {
      const first = day + dice.integer(7, 11);
      const patient = department.admit(day, first);
      const scan = day + dice.integer(0, 2);
      this.#plan(patient, scan, first);
      if (dice.chance(department.parameters.priorsShare)) this.#steps.push({ day, patient, kind: "priors" });
    }
  }

  #plan(patient: Patient, scan: number, first: number): void {
    const kinds = ["scan", "contours", "plan", "approve", "check"] as const;
    const days = [scan, scan + 1, first - 3, first - 2, first - 1];
    for (const [i, kind] of kinds.entries()) this.#steps.push({ day: Math.max(scan, days[i]!), patient, kind });
  }

  #replans({ department, day }: Scene): void {
    for (const patient of department.patients) {
      if (patient.replanAt !== patient.fractionsDone || patient.fractionsDone === 0) continue;
      patient.replanAt = undefined;
      this.#steps.push({ day, patient, kind: "scan" }, { day: day + 1, patient, kind: "contours" });
      this.#steps.push({ day: day + 2, patient, kind: "replan" });
    }
  }

  #do(scene: Scene, { patient, kind }: Step): void {
    if (kind === "scan") scan(scene, patient);
    else if (kind === "priors") priors(scene, patient);
    else if (kind === "contours") contours(scene, patient);
    else if (kind === "plan") plan(scene, patient);
    else if (kind === "approve") approve(scene, patient, 600);
    else if (kind === "check") check(scene, patient);
    else {
      plan(scene, patient);
      approve(scene, patient, 960);
    }
  }
}

const daytime = (scene: Scene): number => at(scene, scene.dice.between(8 * 60 + 15, 16 * 60));

function scan(scene: Scene, patient: Patient): void {
  const { department, dice, day } = scene;
  const ct = dice.pick(department.equipment.cts);
  const slices = Math.round(dice.logNormal(...department.parameters.planningSlices));
  const series = department.holdings.addSeries(patient.study, imageSeries("CT", slices), day);
  const time = daytime(scene);
  const operator = department.staff.anyone(day, "therapist", dice);
  ois(scene, { person: operator, address: ct.ip, time: time - 300_000 }, "patientRecord", { patientId: patient.id });
  const association = associate(scene, ct, time);
  const breaks = dice.chance(department.parameters.storeRetry) ? dice.integer(1, slices) : 0;
  for (let index = 1; index <= slices; index++) association.store(patient.id, patient.study, series, index);
  if (breaks > 0) association.abort();
  else {
    association.pause(2).commit(slices);
    association.release();
    return;
  }
  const again = associate(scene, ct, association.now + dice.exponential(60_000));
  for (let index = 1; index <= breaks; index++) {
    again.store(patient.id, patient.study, series, index, { activity: "duplicate" });
  }
  again.commit(slices);
  again.release();
}

/** Diagnostic images come from the hospital's PACS. */
function priors(scene: Scene, patient: Patient): void {
  const { department, dice, day } = scene;
  const study = department.holdings.addStudy(patient.id, day);
  const association = associate(scene, department.equipment.pacs, at(scene, dice.between(7 * 60, 20 * 60)));
  const wanted = Math.min(2_500, Math.max(20, Math.round(dice.logNormal(...department.parameters.priorsInstances))));
  for (let sent = 0; sent < wanted; ) {
    const count = Math.min(wanted - sent, dice.integer(20, 160));
    const series = department.holdings.addSeries(study, imageSeries(dice.chance(0.7) ? "MR" : "PT", count), day);
    const isOdd = dice.chance(department.parameters.irregularShare);
    const odd = isOdd
      ? dice.pick([{ irregular: ["value/length"] }, { preamble: "tiff" }, { irregular: ["pixel/length"] }])
      : {};
    for (let index = 1; index <= count; index++) {
      association.store(patient.id, study, series, index, { alteration: { ...unaltered, ...odd } });
    }
    sent += count;
  }
  association.release();
}

function contours(scene: Scene, patient: Patient): void {
  const { department, dice, day } = scene;
  const planner = department.staff.anyone(day, dice.chance(0.7) ? "dosimetrist" : "oncologist", dice);
  const station = dice.pick(department.equipment.planning);
  const association = associate(scene, { ...station, user: planner.account }, daytime(scene));
  association.find("study", { PatientID: patient.id }, 1);
  association.retrieve([patient.study], "study", station);
  association.release();
  opened(scene, planner, station, association.now, patient);
  const structures = department.holdings.addSeries(patient.study, imageSeries("RTSTRUCT", 1), day);
  const back = associate(
    scene,
    { ...station, user: planner.account },
    association.now + dice.logNormal(55, 0.5) * 60_000,
  );
  back.store(patient.id, patient.study, structures, 1);
  back.release();
  ois(scene, { person: planner, address: planner.desk, time: back.now }, "patientRecord", { patientId: patient.id });
}

/** The planning system keeps an audit of its own. */
function opened(scene: Scene, person: Person, station: Device, time: number, patient: Patient): void {
  ois(scene, { person, address: station.ip, time }, "accessed", {
    host: station.ae.toLowerCase(),
    application: "PlanStation",
    aeTitle: station.ae,
    patientId: patient.id,
    studyUid: patient.study.uid,
  });
}

/** A plan under a UID of its own, first unapproved; it follows the one before, if there was one. */
function plan(scene: Scene, patient: Patient): void {
  const { department, dice, day } = scene;
  const planner = department.staff.anyone(day, dice.chance(0.75) ? "dosimetrist" : "physicist", dice);
  const station = dice.pick(department.equipment.planning);
  const prior = patient.plan;
  const series = department.holdings.addSeries(patient.study, imageSeries("RTPLAN", 1), day);
  const left = prior
    ? prior.fractions + prior.before - patient.fractionsDone - 1
    : dice.pick(department.parameters.fractions);
  const next = makePlan(`${series.uid}.1`, series.uid, Math.max(1, left), dice);
  if (prior) next.priorUid = prior.uid;
  patient.nextPlan = next;
  const association = associate(scene, { ...station, user: planner.account }, daytime(scene));
  opened(scene, planner, station, association.now - dice.logNormal(50, 0.5) * 60_000, patient);
  association.store(patient.id, patient.study, series, 1, {
    facts: planFacts(next, patient, department.parameters.utcOffset),
  });
  const dose = department.holdings.addSeries(patient.study, imageSeries("RTDOSE", 1), day);
  association.store(patient.id, patient.study, dose, 1);
  association.release();
  next.madeAt = association.now;
}

/** The physician signs: the plan is sent again, now approved; now and then it is taken back and altered first. */
function approve(scene: Scene, patient: Patient, earliest: number): void {
  const { department, dice, day } = scene;
  const next = patient.nextPlan;
  const series = patient.study.series.find(({ uid }) => uid === next?.series);
  if (!next || !series) return;
  const physician = department.staff.isPresent(patient.physician, day)
    ? patient.physician
    : department.staff.anyone(day, "oncologist", dice);
  const time = Math.max(
    at(scene, dice.between(earliest, 17 * 60 + 20)),
    next.madeAt + dice.logNormal(30, 0.5) * 60_000,
  );
  const viewer = browse(scene, asWebUser(physician), time);
  viewer.query("study", { PatientID: patient.id }, 1);
  viewer.metadata(patient.study);
  const send = (version: number, from: number): number =>
    sendPlan(scene, patient, next, series, version, from, physician.account);
  let done = viewer.now + 120_000;
  let version = 1;
  if (dice.chance(department.parameters.planRevised)) {
    Object.assign(next, { approval: "APPROVED", approvedAt: done, reviewer: physician.account });
    done = send(++version, done) + dice.logNormal(25, 0.4) * 60_000;
    for (const beam of next.beams) beam.mu = Math.round(beam.mu * dice.between(0.9, 1.1) * 10) / 10;
    next.approval = "UNAPPROVED";
    done = send(++version, done) + dice.logNormal(10, 0.4) * 60_000;
  }
  Object.assign(next, { approval: "APPROVED", approvedAt: done, reviewer: physician.account, validFrom: day + 1 });
  done = send(++version, done);
  ois(scene, { person: physician, address: physician.desk, time: done }, "procedure", {
    action: "U",
    patientId: patient.id,
  });
  chart(scene, { person: physician, address: physician.desk, time: done }, "read", [`Patient/${patient.id}`]);
}

/** The planning system sends a plan again, under the UID it has. @returns when that is over */
function sendPlan(
  scene: Scene,
  patient: Patient,
  plan: Plan,
  series: Series,
  version: number,
  time: number,
  user: string,
): number {
  const { department, dice } = scene;
  const station = dice.pick(department.equipment.planning);
  const association = associate(scene, { ...station, user }, time);
  association.store(patient.id, patient.study, series, 1, {
    activity: "update",
    version,
    alteration: { revision: version, pixels: false, cipher: 0 },
    facts: planFacts(plan, patient, department.parameters.utcOffset),
  });
  association.release();
  return association.now;
}

/** An independent check by a physicist, now and then by measurement. */
function check(scene: Scene, patient: Patient): void {
  const { department, dice, day } = scene;
  const physicist = department.staff.anyone(day, "physicist", dice);
  const time = daytime(scene);
  const association = associate(scene, { ...department.equipment.physics, user: physicist.account }, time);
  association.find("study", { PatientID: patient.id }, 1);
  association.retrieve([patient.study], "study", department.equipment.physics);
  association.release();
  ois(scene, { person: physicist, address: physicist.desk, time }, "procedure", { action: "U", patientId: patient.id });
  const planned = patient.plan ?? patient.nextPlan;
  if (!planned || !dice.chance(department.parameters.planMeasured)) return;
  const measured = department.holdings.addSeries(patient.study, imageSeries("RTIMAGE", planned.beams.length), day);
  const evening = associate(scene, patient.linac, at(scene, dice.between(17 * 60 + 40, 20 * 60)));
  for (let index = 1; index <= measured.instances; index++) evening.store(patient.id, patient.study, measured, index);
  evening.release();
}
