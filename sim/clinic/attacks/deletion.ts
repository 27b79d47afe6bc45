/** Studies deleted in bulk, by the administrator's account. */
import { browse } from "../work/scene.ts";
import type { Attack } from "./attack.ts";
import { asAccount, victim } from "./disguise.ts";
import { moments } from "./pace.ts";

export const massDelete: Attack = {
  kind: "mass-delete",
  about: "studies deleted over DICOMweb",
  goal: "damage",
  techniques: ["T1485", "T1070", "T1070.004"],
  speeds: [3, 30, 300, 3_000],
  unit: "studies/h",
  stealths: [0, 1, 2],
  lasts: 7,
  most: 500,
  act(scene) {
    const user = asAccount(scene, victim(scene, "administrator"));
    const studies = scene.dice.sample(scene.department.holdings.studies, 500);
    const session = browse(scene, user, scene.notBefore);
    for (const time of moments(scene, scene.plan.speed)) {
      const study = studies.pop();
      if (!study) return;
      session.now = Math.max(session.now, time);
      session.remove(study);
    }
  },
};
