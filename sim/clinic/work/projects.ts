/** What happens once: an old archive is taken over, identifiers are corrected in bulk, a new machine arrives. */
import { planFacts } from "../treatment-facts.ts";
import { imageSeries } from "../world/holdings.ts";
import { checkMachine } from "./physics.ts";
import { associate, asWebUser, at, browse, type Scene } from "./scene.ts";

/** The old archive sends its studies by night. */
export function migration(scene: Scene): void {
  const { department, day, dice } = scene;
  const planned = department.parameters.migration;
  if (!planned || day < planned.day || day >= planned.day + planned.nights) return;
  const association = associate(scene, department.equipment.oldArchive, at(scene, 19 * 60 + 30));
  for (let i = 0; i < planned.studiesPerNight; i++) {
    const study = department.holdings.addStudy(`${80_000 + day * 1_000 + i}`, day);
    const count = Math.round(dice.logNormal(140, 0.5));
    const series = department.holdings.addSeries(study, imageSeries(dice.chance(0.7) ? "CT" : "MR", count), day);
    for (let index = 1; index <= count; index++) association.store(study.patientId, study, series, index);
  }
  association.release();
}

/** The same images under the same UIDs with a corrected tag: new data sets, the pixels as they were. */
export function retagging(scene: Scene): void {
  const { department, day, dice } = scene;
  const planned = department.parameters.retagging;
  if (!planned || day !== planned.day) return;
  const administrator = department.staff.anyone(day, "administrator", dice);
  browse(scene, asWebUser(administrator), at(scene, 16 * 60)).administer("peers");
  const association = associate(
    scene,
    { ae: "RETAG", ip: administrator.desk, user: administrator.account },
    at(scene, 17 * 60),
  );
  let left = planned.objects;
  for (const study of dice.sample(department.holdings.studies, 400)) {
    for (const series of study.series.filter(({ modality }) => modality === "CT" || modality === "MR")) {
      for (let index = 1; index <= series.instances && left > 0; index++, left--) {
        association.store(study.patientId, study, series, index, {
          activity: "update",
          version: 2,
          alteration: { revision: 2, pixels: false, cipher: 0 },
        });
      }
    }
    if (left <= 0) break;
  }
  for (const patient of department.patients) {
    const series = patient.study.series.find(({ uid }) => uid === patient.plan?.series);
    if (!series || !dice.chance(planned.plansShare)) continue;
    association.store(patient.id, patient.study, series, 1, {
      activity: "update",
      version: 4,
      alteration: { revision: 4, pixels: false, cipher: 0 },
      facts: planFacts(patient.plan!, patient, department.parameters.utcOffset),
    });
  }
  association.release();
}

/** Commissioning: measurements all day long from an address never seen before. */
export function newMachine(scene: Scene): void {
  const { department, day, dice } = scene;
  const planned = department.parameters.newLinac;
  if (!planned || day < planned.day || day >= planned.day + planned.commissioningDays) return;
  const linac = department.comingLinac;
  for (let i = dice.integer(2, 6); i > 0; i--) {
    checkMachine(scene, linac, at(scene, dice.between(8 * 60, 20 * 60)), dice.integer(10, 120));
  }
}
