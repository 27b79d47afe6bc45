/** Studies taken out: over C-MOVE and C-GET, over DICOMweb; all at once or drop by drop. */
import { associate, browse } from "../work/scene.ts";
import type { Study } from "../world/holdings.ts";
import type { Attack, HostileScene } from "./attack.ts";
import { asAccount, asPeer, strangeAddress, victim } from "./disguise.ts";
import { moments } from "./pace.ts";

const leak = ["T1530", "T1213", "T1048", "T1567", "T1020", "T1005", "T1119"];
const fast = [30, 300, 3_000] as const;
const drip = [0.2, 0.6, 2, 6, 20] as const;

function exfiltration(
  kind: string,
  about: string,
  speeds: readonly number[],
  lasts: number,
  act: (scene: HostileScene) => void,
): Attack {
  return {
    kind,
    about,
    goal: "leak",
    techniques: leak,
    speeds,
    unit: "studies/h",
    stealths: [0, 1, 2],
    lasts,
    most: 600,
    act,
  };
}

export const moveFast = exfiltration("exfiltration-c-move", "studies moved to a foreign address", fast, 2, overDimse);
export const moveDrip = exfiltration("exfiltration-c-move-drip", "a few studies an hour", drip, 21, overDimse);
export const webFast = exfiltration("exfiltration-dicomweb", "studies downloaded by an account", fast, 2, overWeb);
export const webDrip = exfiltration("exfiltration-dicomweb-drip", "a few studies an hour", drip, 21, overWeb);

/** Newest first to a stranger, at random to those who hide. */
export function prey({ department, dice, plan }: HostileScene, count: number): Study[] {
  const { studies } = department.holdings;
  return plan.stealth === 0 ? studies.slice(-count) : dice.sample(studies, count);
}

function overDimse(scene: HostileScene): void {
  const { department, plan } = scene;
  const caller = asPeer(scene, department.equipment.physics, victim(scene, "physicist"));
  const sink = plan.stealth === 2 ? department.equipment.physics : { ae: caller.ae, ip: strangeAddress(scene) };
  const studies = prey(scene, 1_500);
  let association: ReturnType<typeof associate> | undefined;
  for (const time of moments(scene, plan.speed)) {
    if (!association || time - association.now > 300_000) {
      association?.release();
      association = associate(scene, caller, time);
      association.find("study", { PatientName: "*" }, studies.length);
    }
    const study = studies.pop();
    if (!study) break;
    association.now = Math.max(association.now, time);
    association.retrieve([study], "study", sink);
  }
  association?.release();
}

function overWeb(scene: HostileScene): void {
  const studies = prey(scene, 1_500);
  const session = browse(scene, asAccount(scene, victim(scene, "physicist")), scene.notBefore);
  for (const time of moments(scene, scene.plan.speed)) {
    session.now = Math.max(session.now, time);
    const study = studies.pop();
    if (!study) return;
    session.query("series", { StudyInstanceUID: study.uid }, study.series.length);
    session.study(study);
  }
}
