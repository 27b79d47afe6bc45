/** What a piece of work gets: the department, the day, its own dice, and a recorder. */
import type { Dice } from "../dice.ts";
import { Association, type Caller } from "../dimse.ts";
import type { Role } from "../parameters.ts";
import type { Recorder } from "../recorder.ts";
import { WebSession, type WebUser } from "../web.ts";
import type { Department } from "../world/department.ts";
import type { Person } from "../world/people.ts";

export interface Scene {
  department: Department;
  record: Recorder;
  day: number;
  dice: Dice;
}

/** A piece of work is asked once a day and puts its lines on the agenda, none of them before that day. */
export type Work = (scene: Scene) => void;

/** ms since 1970 of a local minute of the scene's day. */
export const at = ({ department, day }: Scene, minutes: number): number => department.calendar.at(day, minutes);

export const associate = ({ record, dice }: Scene, caller: Caller, time: number): Association =>
  new Association(record, dice, caller, time);

export const browse = ({ record, dice }: Scene, user: WebUser, time: number): WebSession =>
  new WebSession(record, dice, user, time);

/** What the gate calls them. */
const gateRoles: Record<Role, string> = {
  therapist: "therapist",
  physicist: "physicist",
  dosimetrist: "physicist",
  oncologist: "oncologist",
  nurse: "therapist",
  clerk: "therapist",
  administrator: "administrator",
};

export const asWebUser = (person: Person): WebUser => ({
  account: person.account,
  type: "person",
  role: gateRoles[person.role],
  address: person.desk,
  agent: person.agent,
});
