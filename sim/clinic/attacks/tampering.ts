/** Treatment data altered: metersets, geometry, fractions of an approved plan; records that contradict it. */
import { planFacts, recordFacts } from "../treatment-facts.ts";
import { associate } from "../work/scene.ts";
import { imageSeries } from "../world/holdings.ts";
import type { Patient, Plan } from "../world/patients.ts";
import type { Attack, HostileScene } from "./attack.ts";
import { asPeer, victim } from "./disguise.ts";
import { moments } from "./pace.ts";

const manipulation = ["T1565.001", "T1565", "T0831", "T0836"];

const tampering = {
  goal: "treatment",
  techniques: manipulation,
  stealths: [0, 1, 2],
  lasts: 5,
  most: 6,
} as const;

/** Two plans an hour. */
const pace = 2;

function tamperedPlan(kind: string, about: string, unit: string, speeds: readonly number[], alter: Alter): Attack {
  return { ...tampering, kind, about, unit, speeds, act: (scene) => tamper(scene, alter) };
}

type Alter = (plan: Plan, strength: number, scene: HostileScene) => Plan;

export const planMeterset = tamperedPlan(
  "plan-meterset",
  "MU of an approved plan raised, under its own UID, its approval kept",
  "% MU",
  [1, 3, 10, 30, 100],
  raised,
);

export const planGeometry = tamperedPlan(
  "plan-geometry",
  "leaves and isocentre of an approved plan moved",
  "mm",
  [1, 10, 100],
  (plan, _, scene) => ({ ...plan, geometry: scene.dice.hex(64) }),
);

export const planFractions = tamperedPlan(
  "plan-fractions",
  "fractions added to an approved plan",
  "fractions",
  [1, 3, 10],
  (plan, more) => ({ ...plan, fractions: plan.fractions + more }),
);

function tamper(scene: HostileScene, alter: Alter): void {
  const { department, dice, plan: attack } = scene;
  const caller = asPeer(scene, dice.pick(department.equipment.planning), victim(scene, "dosimetrist"));
  const targets = dice.sample(underTreatment(scene), 6);
  for (const time of moments(scene, pace)) {
    const patient = targets.pop();
    if (!patient) return;
    const plan = patient.plan!;
    const series = patient.study.series.find(({ uid }) => uid === plan.series)!;
    const association = associate(scene, caller, time);
    if (attack.stealth > 0) association.retrieveSeries(patient.study, series);
    association.store(patient.id, patient.study, series, 1, {
      activity: "update",
      version: 3,
      alteration: { revision: 3 + attack.seed, pixels: false, cipher: 0 },
      facts: planFacts(alter(plan, attack.speed, scene), patient, department.parameters.utcOffset),
    });
    association.release();
  }
}

/** Nothing is overwritten: the altered plan is stored beside the approved one. */
export const planCopy: Attack = {
  ...tampering,
  kind: "plan-copy",
  about: "an altered copy of an approved plan under a new UID, its approval kept",
  unit: "% MU",
  speeds: [3, 30],
  act(scene) {
    const { department, dice, plan: attack } = scene;
    const caller = asPeer(scene, dice.pick(department.equipment.planning), victim(scene, "dosimetrist"));
    const targets = dice.sample(underTreatment(scene), 6);
    for (const time of moments(scene, pace)) {
      const patient = targets.pop();
      if (!patient) return;
      const plan = raised({ ...patient.plan!, uid: `${patient.plan!.uid}.${attack.seed}` }, attack.speed);
      const series = { uid: `${patient.plan!.series}.${attack.seed}`, ...imageSeries("RTPLAN", 1) };
      const association = associate(scene, caller, time);
      association.store(patient.id, patient.study, series, 1, {
        facts: planFacts(plan, patient, department.parameters.utcOffset),
      });
      association.release();
    }
  },
};

/** A record of a fraction that the plan does not ask for: another dose, from a machine that did not treat. */
export const falseRecord: Attack = {
  ...tampering,
  kind: "record-contradicts-plan",
  about: "treatment records with other metersets than the plan's",
  unit: "% MU",
  speeds: [3, 10, 30, 100],
  act(scene) {
    const { dice, plan: attack } = scene;
    const targets = dice.sample(underTreatment(scene), 6);
    for (const time of moments(scene, pace)) {
      const patient = targets.pop();
      if (!patient) return;
      const caller = asPeer(scene, patient.linac);
      const beams = patient.plan!.beams.map(({ number, mu }) => ({
        number,
        specified: mu,
        delivered: tenths(mu * (1 + attack.speed / 100)),
      }));
      const plan = patient.plan!;
      const delivery = { plan, fraction: patient.fractionsDone - plan.before, beams, continues: false };
      const records = { uid: patient.recordSeries, ...imageSeries("RTRECORD", 1) };
      const association = associate(scene, caller, time);
      const index = 9_000 + attack.seed * 10 + scene.budget.left;
      association.store(patient.id, patient.study, records, index, { facts: recordFacts(delivery) });
      association.release();
    }
  },
};

function underTreatment({ department, day }: HostileScene): Patient[] {
  return department.patients.filter(
    ({ plan, firstFraction, study }) =>
      firstFraction <= day && plan?.approval === "APPROVED" && study.series.some(({ uid }) => uid === plan.series),
  );
}

function raised(plan: Plan, percent: number): Plan {
  return { ...plan, beams: plan.beams.map((beam) => ({ ...beam, mu: tenths(beam.mu * (1 + percent / 100)) })) };
}

const tenths = (value: number): number => Math.round(value * 10) / 10;
