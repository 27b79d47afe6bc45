/** A made archive: five series of two instances to a study, two studies to a patient, dates in order of arrival. */
import { createHash } from "node:crypto";
import type { JournalEntry, StoredObject } from "../../src/catalogue/index.ts";
import type { AccessEvent } from "../../src/core/index.ts";

export const [seriesPerStudy, instancesPerSeries, studiesPerPatient] = [5, 2, 2];
const days = 4_000;
const modalities = ["CT", "RTSTRUCT", "RTPLAN", "RTDOSE", "RTRECORD"];
const families = ["Smith", "Miller", "Meier", "Garcia", "Nowak", "Rossi", "Dubois", "Jansen", "Silva", "Tanaka"];

export const event: AccessEvent = {
  time: "2026-01-01T00:00:00.000Z",
  activity: "create",
  status: "success",
  protocol: "internal",
  operation: "bench",
  actor: {},
  src_endpoint: {},
};

const root = "1.2.826.0.1.3680043.10.1338";
export const one = (vr: string, value: unknown) => ({ vr, Value: [value] });
export const patientOf = (study: number): number => Math.floor(study / studiesPerPatient);
export const nameOf = (patient: number): string => `${families[patient % 10]}${patient}^Given${patient % 97}`;

/** `random`: UIDs share no beginnings, the worst for an index. */
export class MadeArchive {
  readonly studies: number;
  readonly #random: boolean;

  constructor(studies: number, random: boolean) {
    this.studies = studies;
    this.#random = random;
  }

  uid(...path: number[]): string {
    if (!this.#random) return `${root}.${path.join(".")}`;
    const digest = createHash("sha256").update(path.join(".")).digest("hex");
    return `2.25.${BigInt(`0x${digest.slice(0, 32)}`)}`;
  }

  dateOf(study: number): string {
    const day = Math.floor((study / this.studies) * days);
    const date = new Date(Date.UTC(2015, 0, 1) + day * 86_400_000);
    return date.toISOString().slice(0, 10).replaceAll("-", "");
  }

  *entries(): Generator<JournalEntry> {
    let seq = 0;
    for (let study = 0; study < this.studies; study++)
      for (let series = 1; series <= seriesPerStudy; series++)
        for (let number = 1; number <= instancesPerSeries; number++)
          yield { seq, time: ++seq, record: { kind: "store", event, object: this.#object(study, series, number) } };
  }

  #object(study: number, series: number, number: number): StoredObject {
    const [studyUid, seriesUid] = [this.uid(1, study), this.uid(2, study, series)];
    const sopInstanceUid = this.uid(3, study, series, number);
    const patientId = `PAT${patientOf(study)}`;
    const sopClassUid = "1.2.840.10008.5.1.4.1.1.2";
    const digest = createHash("sha256").update(sopInstanceUid).digest("hex");
    return {
      patientId,
      studyUid,
      seriesUid,
      sopInstanceUid,
      sopClassUid,
      transferSyntaxUid: "1.2.840.10008.1.2.1",
      version: 1,
      headerSize: 330,
      dataSetSize: 525_000,
      digest,
      headerDigest: "0".repeat(64),
      location: { segment: 1, offset: study, length: 525_330 },
      attributes: {
        "00080008": { vr: "CS", Value: ["ORIGINAL", "PRIMARY", "AXIAL"] },
        "00080016": one("UI", sopClassUid),
        "00080018": one("UI", sopInstanceUid),
        "00080020": one("DA", this.dateOf(study)),
        "00080022": one("DA", this.dateOf(study)),
        "00080023": one("DA", this.dateOf(study)),
        "00080030": one("TM", "101500"),
        "00080032": one("TM", "101500"),
        "00080033": one("TM", "101500"),
        "00080050": one("SH", `ACC${study}`),
        "00080060": one("CS", modalities[series % 5]),
        "00080070": one("LO", "Maker"),
        "00080080": one("LO", "Clinic"),
        "00080090": one("PN", { Alphabetic: "Referrer^Anna" }),
        "00081010": one("SH", `STATION${series}`),
        "00081030": one("LO", `Study description ${study % 300}`),
        "0008103E": one("LO", `Series ${series}`),
        "00100010": one("PN", { Alphabetic: nameOf(patientOf(study)) }),
        "00100020": one("LO", patientId),
        "00100030": one("DA", "19600101"),
        "00100040": one("CS", "F"),
        "00180015": one("CS", "PELVIS"),
        "0020000D": one("UI", studyUid),
        "0020000E": one("UI", seriesUid),
        "00200010": one("SH", String(study)),
        "00200011": one("IS", series),
        "00200013": one("IS", number),
        "00200052": one("UI", this.uid(4, study)),
        "00280010": one("US", 512),
        "00280011": one("US", 512),
        "00280100": one("US", 16),
      },
    };
  }
}
