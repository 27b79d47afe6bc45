/** Attackers with patience or company: one who raises its level day by day, and one who spreads over ten accounts. */
import { principalId } from "../web.ts";
import { asWebUser, at, browse } from "../work/scene.ts";
import type { Attack } from "./attack.ts";
import { asAccount, victim } from "./disguise.ts";
import { prey } from "./exfiltration.ts";
import { moments } from "./pace.ts";

const leak = ["T1530", "T1213", "T1119", "T1020", "T1078"];

export const poisoning: Attack = {
  kind: "baseline-poisoning",
  about: "an account reads a little more every day, then much",
  goal: "leak",
  techniques: leak,
  speeds: [1.1, 1.3, 1.7, 2.5],
  unit: "growth/day",
  stealths: [2],
  lasts: 21,
  most: 900,
  act(scene) {
    const session = browse(scene, asAccount(scene, victim(scene, "physicist")), scene.notBefore);
    const studies = prey(scene, 1_500);
    for (const time of moments(scene, Math.min(300, 0.5 * scene.plan.speed ** scene.since))) {
      const study = studies.pop();
      if (!study) return;
      session.now = Math.max(session.now, time);
      session.query("study", { PatientID: study.patientId }, 1);
      session.study(study);
    }
  },
};

const identities = 10;

export const swarm: Attack = {
  kind: "ten-identities",
  about: "studies taken through ten accounts, each in its own hours",
  goal: "leak",
  techniques: leak,
  speeds: [3, 10, 30, 100, 300],
  unit: "studies/h together",
  stealths: [1, 2],
  lasts: 7,
  most: 600,
  act(scene) {
    const { department, plan } = scene;
    const dice = department.dice(`swarm/${plan.seed}`);
    const staff = department.staff.people.filter(
      ({ from, until, role }) =>
        from <= 0 && until > plan.day + plan.lasts && role !== "clerk" && role !== "administrator",
    );
    const accounts = dice.sample(staff, identities).map((person) => {
      const user = asWebUser(person);
      if (plan.stealth < 2) user.address = `203.0.113.${dice.integer(2, 250)}`;
      scene.truth.identities.add(user.account).add(principalId(user.account));
      scene.truth.addresses.add(user.address);
      return browse(scene, user, at(scene, 0));
    });
    const studies = prey(scene, 2_000);
    for (const time of moments(scene, plan.speed)) {
      const session = scene.dice.pick(accounts);
      const study = studies.pop();
      if (!study) return;
      session.now = Math.max(session.now, time);
      session.query("study", { PatientID: study.patientId }, 1);
      session.study(study);
    }
  },
};
