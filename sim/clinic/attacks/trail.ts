/** The trail itself attacked: recording switched off, entries removed, hours missing, times set back. */

import { ois } from "../work/charting.ts";
import { call, consoleAgent, engineer, trailBucket } from "../work/cloud.ts";
import { engineers } from "../work/vendor.ts";
import type { Attack, HostileScene } from "./attack.ts";
import { strangeAddress, victim } from "./disguise.ts";
import { moments } from "./pace.ts";

const defence = ["T1562.008", "T1562.001", "T1562", "T1070", "T1070.001", "T1070.004", "T1070.006", "T1485"];
const trail = { goal: "trail", techniques: defence, stealths: [0, 1, 2], lasts: 2 } as const;

export const loggingStopped: Attack = {
  ...trail,
  kind: "cloud-logging-stopped",
  about: "StopLogging, DeleteTrail, narrowed selectors, one after the other",
  speeds: [1, 3, 10],
  unit: "calls/h",
  most: 4,
  act(scene) {
    const calls = ["StopLogging", "PutEventSelectors", "DeleteTrail", "DeleteFlowLogs"] as const;
    for (const time of moments(scene, scene.plan.speed)) {
      const name = calls[3 - scene.budget.left] ?? "StopLogging";
      const service = name === "DeleteFlowLogs" ? "ec2" : "cloudtrail";
      call(scene.record, scene.dice.hex(32), { ...attacker(scene), time, service, name, parameters: { name: "main" } });
    }
  },
};

export const trailDeleted: Attack = {
  ...trail,
  kind: "cloud-trail-deleted",
  about: "the files of the audit trail deleted one by one",
  speeds: [3, 30, 300],
  unit: "files/h",
  most: 200,
  act(scene) {
    for (const time of moments(scene, scene.plan.speed)) {
      const key = `AWSLogs/417288301266/CloudTrail/part-${scene.budget.left}.json.gz`;
      const more = { service: "s3", name: "DeleteObject", bucket: trailBucket, key };
      call(scene.record, scene.dice.hex(32), { ...attacker(scene), time, ...more });
    }
  },
};

function attacker(scene: HostileScene) {
  const name = scene.department.dice(`trail/${scene.plan.seed}`).pick(engineers);
  const address = scene.plan.stealth < 2 ? strangeAddress(scene) : "198.51.100.23";
  const identity = engineer(name, scene.day);
  scene.truth.identities.add(identity.name).add(`arn:aws:sts::417288301266:assumed-role/${identity.name}/${name}`);
  scene.truth.addresses.add(address);
  return { identity, address, agent: scene.plan.stealth === 0 ? "Boto3/1.34" : consoleAgent };
}

/** Said by the system at stealth 0 (110133, Audit Recording Stopped); silent beyond. */
export const auditGap: Attack = {
  ...trail,
  kind: "audit-gap",
  about: "the oncology system's audit falls silent for hours",
  speeds: [1, 3, 10],
  unit: "hours",
  most: 1,
  act(scene) {
    const [time] = moments(scene, 2);
    if (time === undefined) return;
    scene.truth.silenced.push({ source: "ois", from: time, to: time + scene.plan.speed * 3_600_000 });
    const person = victim(scene, "administrator");
    const act = { person, address: person.desk, time: time - 1_000 };
    scene.truth.identities.add(person.account);
    const type = ["110133", "Audit Recording Stopped"] as const;
    if (scene.plan.stealth === 0) ois(scene, act, "securityAlert", { action: "E", type, outcome: 4 });
  },
};

export const timeSetBack: Attack = {
  ...trail,
  kind: "audit-time-set-back",
  about: "audit entries that claim an earlier hour",
  speeds: [3, 10, 30],
  unit: "entries/h",
  most: 60,
  act(scene) {
    const { department, dice } = scene;
    const person = victim(scene, "physicist");
    scene.truth.identities.add(person.account);
    for (const time of moments(scene, scene.plan.speed)) {
      const patient = dice.pick(department.patients);
      scene.record.oisLate({
        time: time - dice.between(6, 30) * 3_600_000,
        host: "ois01",
        application: "OncoRecord",
        event: ["110110", "Patient Record"],
        action: "U",
        outcome: 0,
        user: person.account,
        address: person.desk,
        patientId: patient.id,
        arrival: time,
      });
    }
  },
};
