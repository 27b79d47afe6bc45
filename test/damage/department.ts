/** A small department of the clinic's simulator with one attack on it, as steps that an archive can be taken through. */
import { attackOn, attacks, ClinicStream, parametersOf } from "../../sim/clinic/index.ts";
import type { AccessEvent, Resource } from "../../src/core/index.ts";
import type { Place } from "./model.ts";

export interface Step {
  event: AccessEvent;
  hostile: boolean;
}

export interface Played {
  kind: string;
  steps: Step[];
  /** What was there when the department opened. */
  held: Place[];
  /** Addresses from which the attacker alone acts. */
  addresses: string[];
}

const days = 3;
/** Objects of a study of which only the study is named. */
const objectsOfStudy = 3;
/** Steps of the attacker and of everybody at most: a history takes about a second. */
const most = { hostile: 250, all: 1_200 };

/** Attacks on the archive itself, through its own doors. */
const kinds = [
  "mass-encryption",
  "slow-encryption",
  "partial-encryption",
  "header-preserving-encryption",
  "mass-delete",
  "exfiltration-c-move",
  "exfiltration-dicomweb",
  "vendor-outside-window",
  "physicist-account",
  "snooping",
  "plan-meterset",
  "plan-copy",
];

export function departmentOf(seed: number): Played {
  const attack = attacks.find(({ kind }) => kind === kinds[seed % kinds.length])!;
  // A stranger, or a known name from a strange place: an address that is the attacker's alone.
  const stealth = (seed >> 4) % 2 === 0 ? 0 : 1;
  const speed = attack.speeds[Math.min(1, attack.speeds.length - 1)]!;
  const plan = attackOn(attack, { speed, stealth, seed, earliest: 1, latest: 1 });
  const small = { linacs: 1, patientsOnTreatment: 5, formerPatients: 25 };
  const parameters = { ...parametersOf("rural", seed, days), ...small };
  const stream = new ClinicStream({ parameters, seed, attacks: [{ attack, plan }] });
  const steps = [...stepsOf(stream)];
  return { kind: attack.kind, steps, held: heldBefore(steps), addresses: [...stream.attacks[0]!.truth.addresses] };
}

const noted = new Set(["create", "update", "read", "delete", "query", "login"]);

function* stepsOf(stream: ClinicStream): Generator<Step> {
  const left = { ...most };
  for (const line of stream) {
    if (line.source !== "archive") continue;
    const event = JSON.parse(line.text) as AccessEvent;
    const hostile = line.attack > 0;
    if (!noted.has(event.activity) || event.status !== "success" || left.all === 0) continue;
    if (hostile && left.hostile-- <= 0) continue;
    left.all--;
    yield { event, hostile };
  }
}

/** Whatever is named and not created before must have been there. */
function heldBefore(steps: Step[]): Place[] {
  const held = new Map<string, Place>();
  const created = new Set<string>();
  const studies = new Set<string>();
  for (const { event } of steps)
    for (const resource of event.resources ?? []) {
      const uid = resource.sop_instance_uid;
      if (resource.study_uid === undefined || (uid !== undefined && created.has(uid))) continue;
      if (event.activity === "create" && uid !== undefined) created.add(uid);
      else for (const place of placesOf(resource, studies)) held.set(place.sopInstanceUid, place);
    }
  return withPatients(steps, [...held.values()]);
}

function placesOf(resource: Resource, studies: Set<string>): Place[] {
  const { study_uid: studyUid, series_uid, sop_instance_uid } = resource;
  if (studyUid === undefined) return [];
  const seriesUid = series_uid ?? `${studyUid}.9`;
  const patientId = resource.patient_id ?? "";
  if (sop_instance_uid !== undefined) return [{ patientId, studyUid, seriesUid, sopInstanceUid: sop_instance_uid }];
  if (studies.has(seriesUid)) return [];
  studies.add(seriesUid);
  return Array.from({ length: objectsOfStudy }, (_, index) => ({
    ...{ patientId, studyUid, seriesUid },
    sopInstanceUid: `${seriesUid}.${9_000 + index}`,
  }));
}

/** A deletion names no patient; others of the same study do. */
function withPatients(steps: Step[], places: Place[]): Place[] {
  const patients = new Map<string, string>();
  for (const { event } of steps)
    for (const { study_uid, patient_id } of event.resources ?? [])
      if (study_uid !== undefined && patient_id !== undefined) patients.set(study_uid, patient_id);
  return places.map((place) => ({ ...place, patientId: patients.get(place.studyUid) ?? `of ${place.studyUid}` }));
}
