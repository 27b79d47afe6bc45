/** Stolen accounts: the vendor's inside and outside of its window, a physicist's at the usual hours; curiosity. */
import { chart } from "../work/charting.ts";
import { at, browse } from "../work/scene.ts";
import { window } from "../work/vendor.ts";
import type { Attack, HostileScene } from "./attack.ts";
import { asAccount, asStolenVendor, victim } from "./disguise.ts";
import { prey } from "./exfiltration.ts";
import { moments } from "./pace.ts";

const valid = ["T1078", "T1199", "T1530", "T1213", "T1083", "T1087", "T1119"];
const speeds = [3, 10, 30, 100, 300] as const;

const account = { goal: "access", techniques: valid, speeds, unit: "studies/h", lasts: 5, most: 600 } as const;

export const vendorInside: Attack = {
  ...account,
  kind: "vendor-inside-window",
  about: "the vendor's account reads studies while work is announced",
  stealths: [0, 1, 2],
  lasts: 1,
  begins({ parameters }, { day }) {
    const announced = parameters.vendorAnnouncedDays.filter((one) => one < parameters.days);
    return { day: announced.find((one) => one >= day) ?? announced.at(-1) ?? day, minute: window.from + 10 };
  },
  act: (scene) => asTheVendor(scene, at(scene, window.from), at(scene, window.to)),
};

export const vendorOutside: Attack = {
  ...account,
  kind: "vendor-outside-window",
  about: "the vendor's account reads studies at night",
  stealths: [0, 1, 2],
  lasts: 2,
  act: (scene) => asTheVendor(scene, at(scene, 90), at(scene, 300)),
};

function asTheVendor(scene: HostileScene, from: number, to: number): void {
  if (scene.notBefore > to) return;
  const user = asStolenVendor(scene);
  const session = browse(scene, user, Math.max(from, scene.notBefore));
  session.login();
  const mean = 3_600_000 / scene.plan.speed;
  for (const study of prey(scene, 600)) {
    session.now += scene.dice.exponential(mean);
    if (session.now > to || scene.budget.left-- <= 0) break;
    session.query("study", { PatientID: study.patientId }, 1);
    session.study(study);
  }
}

export const physicistAccount: Attack = {
  ...account,
  kind: "physicist-account",
  about: "a physicist's account reads former patients in shift hours",
  stealths: [1, 2],
  act(scene) {
    const session = browse(scene, asAccount(scene, victim(scene, "physicist")), scene.notBefore);
    const studies = prey(scene, 600);
    for (const time of moments(scene, scene.plan.speed)) {
      session.now = Math.max(session.now, time);
      const study = studies.pop();
      if (!study) return;
      session.query("study", { PatientID: study.patientId }, 1);
      session.metadata(study);
      session.pause(10).study(study);
    }
  },
};

/** A clerk or nurse reads one former patient's chart and images. */
export const snooping: Attack = {
  kind: "snooping",
  about: "one person, one patient, no reason",
  goal: "access",
  techniques: ["T1213", "T1530", "T1078"],
  speeds: [1, 3, 10, 30],
  unit: "looks/day",
  stealths: [2],
  lasts: 5,
  most: 150,
  act(scene) {
    const { department, plan } = scene;
    const person = victim(scene, "nurse");
    const user = asAccount(scene, person);
    const { studies } = department.holdings;
    const study = studies[department.dice(`snoop/${plan.seed}`).integer(0, department.parameters.formerPatients - 1)]!;
    for (const time of moments(scene, plan.speed / 9)) {
      const references = [
        `DocumentReference/${study.patientId}-${scene.dice.integer(1, 40)}`,
        `Patient/${study.patientId}`,
      ];
      chart(scene, { person, address: user.address, time }, "read", references);
      if (!scene.dice.chance(0.5)) continue;
      const session = browse(scene, user, time + 20_000);
      session.query("study", { PatientID: study.patientId }, 1);
      session.metadata(study);
    }
  },
};
