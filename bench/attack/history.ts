/** Four weeks of work as it is every day. */
import type { AccessEvent } from "../../src/core/index.ts";

const hour = 3_600_000;

/**
 * Every hour the modality stores a study, the viewers read it, the physicist plans at the workstation and over DICOMweb, the
 * linac fetches; the vendor looks in at noon.
 */
export function* history(
  ids: Record<"vendor" | "physicist" | "viewer", string>,
  now: number,
  days: number,
): Generator<AccessEvent> {
  const start = Math.floor(now / hour) * hour - days * 24 * hour;
  for (let at = 0; at < days * 24; at++) {
    const time = start + at * hour;
    const patient = (offset: number) => `H${(at * 7 + offset) % 400}`;
    for (let i = 0; i < 8; i++) {
      const each = [time + i * 450, `H${at}`, `1.2.3.${at}`, i] as const;
      yield { ...dimse("CT1", "associate", "A-ASSOCIATE", ...each), resources: [] };
      yield dimse("CT1", "create", "C-STORE", ...each);
      yield { ...dimse("CT1", "release", "A-RELEASE", ...each), resources: [] };
    }
    for (let i = 0; i < 6; i++) {
      const [early, late] = [time + 60_000 + i * 900, time + 120_000 + i * 900];
      const asked = { query: { level: "study" as const, keys: { StudyInstanceUID: `1.2.3.${i}` } }, resources: [] };
      yield { ...web(ids.viewer, "oncologist", "query", "QIDO-RS", early, patient(i)), ...asked };
      yield web(ids.viewer, "oncologist", "read", "WADO-RS", early + 400, patient(i));
      yield { ...dimse("VIEW1", "query", "C-FIND", late, patient(i), "1.2.3.4", 1), ...asked };
      yield dimse("VIEW1", "read", "C-GET", late + 400, patient(i), `1.2.3.${at}`, i);
    }
    yield dimse("LINAC1", "read", "C-GET", time + 400_000, patient(1), `1.2.3.${at % 50}`, 1);
    for (let i = 0; i < 4; i++) {
      yield web(ids.physicist, "physicist", "read", "WADO-RS", time + 600_000 + i * 20_000, patient(i));
      yield dimse("TPS1", "read", "C-GET", time + 900_000 + i * 20_000, patient(i), `1.2.3.${at}`, i);
    }
    yield web(ids.physicist, "physicist", "create", "STOW-RS", time + 1_000_000, patient(2));
    yield dimse("TPS1", "create", "C-STORE", time + 1_100_000, patient(2), `1.2.3.${at}`, 900);
    if (at % 6 === 0) {
      yield web(ids.physicist, "physicist", "update", "STOW-RS", time + 1_200_000, patient(2));
      yield dimse("TPS1", "update", "C-STORE", time + 1_300_000, patient(2), `1.2.3.${at}`, 900);
    }
    if (at % 24 === 12)
      for (let i = 0; i < 3; i++) {
        const served = dimse("VENDOR1", "read", "C-GET", time + 1_500_000 + i * 9_000, patient(i), "1.2.3.4", 1);
        yield web(ids.vendor, "vendor", "read", "WADO-RS", time + 1_400_000 + i * 9_000, patient(i), "acme");
        yield { ...served, actor: { app: "VENDOR1", vendor: "acme" } };
      }
  }
}

function dimse(
  title: string,
  activity: AccessEvent["activity"],
  operation: string,
  time: number,
  patient: string,
  study: string,
  i: number,
): AccessEvent {
  return {
    time: new Date(time).toISOString(),
    activity,
    status: "success",
    protocol: "dimse",
    operation,
    actor: { app: title },
    src_endpoint: { ip: "127.0.0.1", ae_title: title },
    resources: [
      { level: "instance", patient_id: patient, study_uid: study, sop_instance_uid: `${study}.${i}`, modality: "CT" },
    ],
    count: { objects: 1 },
    duration: 5,
  };
}

function web(
  id: string,
  role: string,
  activity: AccessEvent["activity"],
  operation: string,
  time: number,
  patient: string,
  vendor?: string,
): AccessEvent {
  return {
    time: new Date(time).toISOString(),
    activity,
    status: "success",
    protocol: "dicomweb",
    operation,
    actor: { app: "curl", user: { name: id, type: vendor ? "vendor" : "person", role }, ...(vendor ? { vendor } : {}) },
    src_endpoint: { ip: "127.0.0.1" },
    resources: [{ level: "study", patient_id: patient, study_uid: `1.2.3.${patient.slice(1)}` }],
    count: { objects: 1 },
    traffic: { bytes_out: 10_000 },
    duration: 5,
  };
}
