/** Lines of the oncology information system and of the health record about one person's act. */
import type { AuditMessage, ChartAccess } from "../logs/body.ts";
import type { Person } from "../world/people.ts";
import type { Scene } from "./scene.ts";

const oisHost = "ois01";

export interface Act {
  person: Pick<Person, "account" | "role">;
  address: string;
  time: number;
}

export const auditEvents = {
  accessed: ["110103", "DICOM Instances Accessed"],
  transferred: ["110104", "DICOM Instances Transferred"],
  deleted: ["110105", "DICOM Study Deleted"],
  logUsed: ["110101", "Audit Log Used"],
  patientRecord: ["110110", "Patient Record"],
  procedure: ["110111", "Procedure Record"],
  query: ["110112", "Query"],
  securityAlert: ["110113", "Security Alert"],
  authentication: ["110114", "User Authentication"],
  application: ["110100", "Application Activity"],
} as const;

export function ois(
  scene: Scene,
  { person, address, time }: Act,
  event: keyof typeof auditEvents,
  more: Partial<
    Pick<AuditMessage, "action" | "outcome" | "type" | "patientId" | "studyUid" | "aeTitle" | "application" | "host">
  > = {},
): void {
  scene.record.ois({
    time,
    host: oisHost,
    application: "OncoRecord",
    event: auditEvents[event],
    action: "R",
    outcome: 0,
    user: person.account,
    address,
    ...more,
  });
}

/** Signing in to the oncology information system; people mistype now and then. */
export function signIn(scene: Scene, act: Act): void {
  const { dice, department } = scene;
  const type = ["110122", "Login"] as const;
  let time = act.time;
  while (dice.chance(department.parameters.mistyped)) {
    ois(scene, { ...act, time }, "authentication", { action: "E", outcome: 4, type });
    time += dice.exponential(8_000);
  }
  ois(scene, { ...act, time }, "authentication", { action: "E", type });
}

export function signOut(scene: Scene, act: Act): void {
  ois(scene, act, "authentication", { action: "E", type: ["110123", "Logout"] });
}

export function chart(
  scene: Scene,
  { person, address, time }: Act,
  subtype: ChartAccess["subtype"],
  references: readonly string[] = [],
  outcome: ChartAccess["outcome"] = "0",
): void {
  const action = { read: "R", "search-type": "E", create: "C", update: "U", login: "E", logout: "E" } as const;
  scene.record.ehr({
    time,
    id: scene.dice.hex(32),
    user: person.account,
    role: person.role,
    address,
    action: action[subtype],
    subtype,
    outcome,
    references,
  });
}
