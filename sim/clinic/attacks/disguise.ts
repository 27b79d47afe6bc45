/** Under which name, from where and at which hours an attacker acts; by stealth. */
import type { Caller } from "../dimse.ts";
import { principalId, type WebUser } from "../web.ts";
import { asWebUser } from "../work/scene.ts";
import { asVendor, engineers } from "../work/vendor.ts";
import type { Device } from "../world/equipment.ts";
import type { Person } from "../world/people.ts";
import type { HostileScene } from "./attack.ts";

/** Always the same in one attack. */
const fixed = (scene: HostileScene) => scene.department.dice(`disguise/${scene.plan.seed}`);

export function strangeAddress(scene: HostileScene): string {
  const dice = fixed(scene).fork("address");
  return dice.chance(0.5) ? `10.66.${dice.integer(0, 9)}.${dice.integer(2, 250)}` : `203.0.113.${dice.integer(2, 250)}`;
}

/** A DICOM peer: a stranger, or one of the clinic's. */
export function asPeer(scene: HostileScene, device: Device, person?: Person): Caller {
  const { stealth } = scene.plan;
  const caller: Caller = {
    ae: stealth === 0 ? fixed(scene).pick(["STORESCU", "ECHOSCU", "DCM4CHE", "ORTHANC"]) : device.ae,
    ip: stealth < 2 ? strangeAddress(scene) : device.ip,
    ...(person && stealth > 0 && { user: person.account }),
  };
  known(scene, caller.user ?? caller.ae, caller.ae, caller.ip);
  return caller;
}

/** An account stolen from somebody; only its use tells. */
export function asAccount(scene: HostileScene, person: Person): WebUser {
  const { stealth } = scene.plan;
  const user = asWebUser(person);
  if (stealth < 2) user.address = strangeAddress(scene);
  if (stealth === 0) user.agent = fixed(scene).pick(["python-requests/2.31", "curl/8.5.0", "Go-http-client/2.0"]);
  known(scene, user.account, user.agent, user.address);
  return user;
}

export function asStolenVendor(scene: HostileScene): WebUser {
  const { stealth } = scene.plan;
  const user = asVendor(fixed(scene).pick(engineers));
  if (stealth < 2) user.address = strangeAddress(scene);
  if (stealth === 0) user.agent = "python-requests/2.31";
  known(scene, user.account, user.agent, user.address);
  return user;
}

/** Somebody of a role, the same throughout. */
export function victim(scene: HostileScene, role: Person["role"]): Person {
  const { people } = scene.department.staff;
  const employed = people.filter(
    (person) => person.role === role && person.from <= 0 && person.until > scene.plan.day + scene.plan.lasts,
  );
  return fixed(scene)
    .fork(role)
    .pick(employed.length > 0 ? employed : people);
}

/** An agent string that others use, too, names nobody. */
function known(scene: HostileScene, name: string, app: string, address: string): void {
  const { identities, addresses } = scene.truth;
  identities.add(name).add(principalId(name));
  if (!app.startsWith("Mozilla/") && !app.startsWith("OncoSupport/")) identities.add(app);
  addresses.add(address);
}
