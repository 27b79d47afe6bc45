/** The vendor's people: announced windows, and visits that nobody announced. */
import type { WebUser } from "../web.ts";
import { ois } from "./charting.ts";
import { call, consoleAgent, engineer } from "./cloud.ts";
import { associate, at, browse, type Scene } from "./scene.ts";

export const engineers = ["k.lindqvist", "r.mathieu", "s.oduya"] as const;
export const vendorName = "OncoRecord GmbH";
export const vendorGateway = "192.0.2.40";

export const asVendor = (name: string, address = vendorGateway): WebUser => ({
  account: `vendor-${name}`,
  type: "vendor",
  role: "vendor",
  address,
  agent: "OncoSupport/3.1",
  vendor: vendorName,
});

/** Announced work lies in the evening, as agreed. Minutes of the day. */
export const window = { from: 18 * 60 + 30, to: 22 * 60 } as const;

export function vendorVisits(scene: Scene): void {
  const { department, day, dice } = scene;
  const { vendorAnnouncedDays, vendorUnannouncedPerMonth } = department.parameters;
  if (vendorAnnouncedDays.includes(day)) visit(scene, dice.pick(engineers), window.from + dice.between(5, 40), true);
  for (let i = dice.poisson(vendorUnannouncedPerMonth / 30); i > 0; i--) {
    visit(scene, dice.pick(engineers), dice.between(9 * 60, 21 * 60), false);
  }
}

function visit(scene: Scene, name: string, minute: number, isUpdate: boolean): void {
  const { department, dice } = scene;
  const session = browse(scene, asVendor(name), at(scene, minute));
  session.login();
  session.administer("status");
  const person = { account: `vendor-${name}`, role: "administrator" as const };
  for (let i = dice.integer(5, 25); i > 0; i--) {
    const patient = dice.pick(department.patients);
    session.pause(90).query("study", { PatientID: patient.id }, 1);
    if (dice.chance(0.4)) session.metadata(patient.study);
    const act = { person, address: vendorGateway, time: session.now };
    ois(scene, act, "patientRecord", { patientId: patient.id });
  }
  const { linacs, oncology } = department.equipment;
  for (const device of [oncology, ...linacs]) {
    const association = associate(scene, device, session.pause(60).now);
    association.echo();
    association.release();
  }
  cloudWork(scene, name, session.now, isUpdate);
  session.pause(300).logout();
}

function cloudWork(scene: Scene, name: string, time: number, isUpdate: boolean): void {
  const { record, dice, day } = scene;
  const base = { identity: engineer(name, day), address: "198.51.100.23", agent: consoleAgent };
  const looks = ["DescribeInstances", "DescribeDBInstances", "LookupEvents", "GetMetricData", "ListBuckets"] as const;
  const changes = ["ModifyDBInstance", "UpdateFunctionCode", "RegisterTaskDefinition", "UpdateService"] as const;
  let now = time;
  call(record, dice.hex(32), { ...base, time: now, service: "sts", name: "AssumeRole" });
  for (let i = dice.integer(10, 40); i > 0; i--) {
    now += dice.exponential(40_000);
    call(record, dice.hex(32), { ...base, time: now, service: "ec2", name: dice.pick(looks) });
  }
  if (!isUpdate) return;
  for (const change of changes) {
    now += dice.exponential(180_000);
    call(record, dice.hex(32), { ...base, time: now, service: "ecs", name: change });
  }
}
