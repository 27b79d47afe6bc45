/** Series that come again under their UIDs: with a corrected header, now and then with other pixels. */
import type { Alteration } from "../contents.ts";
import { associate, at, type Scene } from "./scene.ts";

export function corrections(scene: Scene): void {
  const { department, dice, day } = scene;
  const { correctionsPerWeek, pixelChangesPerMonth } = department.parameters;
  if (!department.calendar.isWorkday(day)) return;
  for (let i = dice.poisson(correctionsPerWeek / 5); i > 0; i--)
    again(scene, { revision: 3, pixels: false, cipher: 0 });
  for (let i = dice.poisson(pixelChangesPerMonth / 21); i > 0; i--) {
    again(scene, { revision: 3, pixels: true, cipher: 0 });
  }
}

/** From the hospital's PACS (a patient's number was wrong) or a CT (reconstructed anew). */
function again(scene: Scene, alteration: Alteration): void {
  const { department, dice } = scene;
  const study = dice.pick(department.holdings.studies);
  const series = study.series.find(({ modality }) => modality === "CT" || modality === "MR");
  if (!series) return;
  const sender = alteration.pixels ? dice.pick(department.equipment.cts) : department.equipment.pacs;
  const association = associate(scene, sender, at(scene, dice.between(7 * 60, 18 * 60)));
  for (let index = 1; index <= series.instances; index++) {
    association.store(study.patientId, study, series, index, { activity: "update", version: 2, alteration });
  }
  association.release();
}
