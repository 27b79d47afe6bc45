/** What lies in the archive: studies and their series, counted and not held. Instances follow from their number. */
import type { Dice } from "../dice.ts";

export interface Series {
  uid: string;
  modality: string;
  sopClass: string;
  instances: number;
  /** Bytes of a data set. */
  size: number;
  transferSyntax: string;
}

export interface Study {
  uid: string;
  patientId: string;
  series: Series[];
  /** Day of the latest object. */
  lastDay: number;
}

export const sopClass = {
  ct: "1.2.840.10008.5.1.4.1.1.2",
  mr: "1.2.840.10008.5.1.4.1.1.4",
  pet: "1.2.840.10008.5.1.4.1.1.128",
  registration: "1.2.840.10008.5.1.4.1.1.66.1",
  rtImage: "1.2.840.10008.5.1.4.1.1.481.1",
  rtDose: "1.2.840.10008.5.1.4.1.1.481.2",
  rtStructureSet: "1.2.840.10008.5.1.4.1.1.481.3",
  rtRecord: "1.2.840.10008.5.1.4.1.1.481.4",
  rtPlan: "1.2.840.10008.5.1.4.1.1.481.5",
} as const;

export const explicitLittleEndian = "1.2.840.10008.1.2.1";
export const jpegLs = "1.2.840.10008.1.2.4.80";

/** Deep enough to be unlike any other clinic's, short enough to be cheap. */
const root = "1.2.826.0.1.3680043.10.1417";

export class Holdings {
  readonly studies: Study[] = [];
  readonly #bySeed: number;
  #next = 1;

  constructor(seed: number) {
    this.#bySeed = seed;
  }

  uid(): string {
    return `${root}.${this.#bySeed}.${this.#next++}`;
  }

  addStudy(patientId: string, day: number): Study {
    const study: Study = { uid: this.uid(), patientId, series: [], lastDay: day };
    this.studies.push(study);
    return study;
  }

  addSeries(study: Study, facts: Omit<Series, "uid">, day: number): Series {
    const series: Series = { uid: this.uid(), ...facts };
    study.series.push(series);
    study.lastDay = Math.max(study.lastDay, day);
    return series;
  }

  get totals(): { objects: number; bytes: number } {
    let [objects, bytes] = [0, 0];
    for (const study of this.studies) {
      objects += objectsOf(study);
      bytes += bytesOf(study);
    }
    return { objects, bytes };
  }

  /** Patients of the past: their planning images, plans and diagnostic series. */
  fill(patients: number, dice: Dice): void {
    for (let i = 0; i < patients; i++) {
      const study = this.addStudy(`${100_000 + i}`, -dice.integer(1, 900));
      const slices = Math.round(dice.logNormal(150, 0.3));
      this.addSeries(study, imageSeries("CT", slices), study.lastDay);
      this.addSeries(study, imageSeries("RTPLAN", 1), study.lastDay);
      this.addSeries(study, imageSeries("RTRECORD", dice.integer(5, 35)), study.lastDay);
      if (dice.chance(0.4))
        this.addSeries(study, imageSeries("MR", Math.round(dice.logNormal(220, 0.8))), study.lastDay);
    }
  }
}

const kinds: Record<string, Omit<Series, "uid" | "instances" | "modality">> = {
  CT: { sopClass: sopClass.ct, size: 526_500, transferSyntax: explicitLittleEndian },
  MR: { sopClass: sopClass.mr, size: 142_000, transferSyntax: jpegLs },
  PT: { sopClass: sopClass.pet, size: 72_000, transferSyntax: explicitLittleEndian },
  REG: { sopClass: sopClass.registration, size: 3_400, transferSyntax: explicitLittleEndian },
  RTIMAGE: { sopClass: sopClass.rtImage, size: 2_360_000, transferSyntax: explicitLittleEndian },
  RTDOSE: { sopClass: sopClass.rtDose, size: 9_800_000, transferSyntax: explicitLittleEndian },
  RTSTRUCT: { sopClass: sopClass.rtStructureSet, size: 1_900_000, transferSyntax: explicitLittleEndian },
  RTPLAN: { sopClass: sopClass.rtPlan, size: 64_000, transferSyntax: explicitLittleEndian },
  RTRECORD: { sopClass: sopClass.rtRecord, size: 48_000, transferSyntax: explicitLittleEndian },
};

/** The usual facts of a series of a modality. */
export function imageSeries(modality: string, instances: number): Omit<Series, "uid"> {
  return { modality, instances, ...kinds[modality]! };
}

export function objectsOf(study: Study): number {
  return study.series.reduce((sum, series) => sum + series.instances, 0);
}

export function bytesOf(study: Study): number {
  return study.series.reduce((sum, series) => sum + series.instances * series.size, 0);
}
