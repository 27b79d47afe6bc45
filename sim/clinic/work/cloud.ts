/** The vendor's cloud account: what its service does by itself, and what a fraction causes. */
import type { CloudCall, CloudIdentity } from "../logs/body.ts";
import type { Recorder } from "../recorder.ts";
import type { Patient } from "../world/patients.ts";
import { at, type Scene } from "./scene.ts";

export const bucket = "oncorecord-tenant-417-data";
export const trailBucket = "oncorecord-audit-trail";
export const serviceAddress = "10.112.4.18";
export const serviceAgent = "aws-sdk-java/2.25.11 Linux/5.10 OncoRecord/7.3";
export const consoleAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36";

export const service = (day: number): CloudIdentity => ({
  kind: "AssumedRole",
  name: "oncorecord-app",
  session: "i-0c41d7e3aa90",
  accessKey: `ASIAW7APP${String(day).padStart(4, "0")}QK3Z`,
});

export const engineer = (name: string, day: number): CloudIdentity => ({
  kind: "AssumedRole",
  name: "oncorecord-support",
  session: name,
  accessKey: `ASIAW7SUP${String(day).padStart(4, "0")}${name.slice(0, 4).toUpperCase()}`,
});

type Call = Omit<CloudCall, "id" | "readOnly"> & { readOnly?: boolean };

export function call(record: Recorder, id: string, facts: Call): void {
  const readOnly = facts.readOnly ?? /^(Get|List|Describe|Head|Lookup)/.test(facts.name);
  record.cloud({ ...facts, readOnly, id });
}

/** The service fetches the patient's data and puts the record of the fraction. */
export function syncFraction(scene: Scene, patient: Patient, time: number): void {
  const { record, dice, department, day } = scene;
  const base = { service: "s3", identity: service(day), address: serviceAddress, agent: serviceAgent, bucket };
  const folder = `treatment/${patient.id}`;
  call(record, dice.hex(32), {
    ...base,
    time,
    name: "GetObject",
    key: `${folder}/plan-${patient.plan!.uid}.bin`,
    bytesOut: 64_000,
  });
  for (let i = 1; i < department.parameters.cloudEventsPerFraction; i++) {
    const key = `${folder}/fraction-${patient.fractionsDone}-${i}.bin`;
    const name = dice.chance(0.7) ? "PutObject" : "GetObject";
    const size = Math.round(dice.logNormal(120_000, 1));
    const traffic = name === "PutObject" ? { bytesIn: size } : { bytesOut: size };
    call(record, dice.hex(32), { ...base, time: time + dice.exponential(20_000), name, key, ...traffic });
  }
}

const chores: readonly (readonly [service: string, name: string])[] = [
  ["s3", "ListObjects"],
  ["s3", "HeadBucket"],
  ["kms", "Decrypt"],
  ["kms", "GenerateDataKey"],
  ["secretsmanager", "GetSecretValue"],
  ["ec2", "DescribeInstances"],
  ["rds", "DescribeDBInstances"],
  ["logs", "CreateLogStream"],
];

/** Around the clock: the service's own calls, role sessions by AWS itself, nightly database snapshots. */
export function vendorCloud(scene: Scene): void {
  const { record, dice, day, department } = scene;
  for (let hour = 0; hour < 24; hour++) {
    const base = { time: at(scene, hour * 60), identity: service(day), address: serviceAddress, agent: serviceAgent };
    for (let i = dice.poisson(department.parameters.vendorCloudEventsPerHour); i > 0; i--) {
      const [source, name] = dice.pick(chores);
      const time = at(scene, hour * 60 + dice.between(0, 60));
      call(record, dice.hex(32), { ...base, time, service: source, name, ...(source === "s3" && { bucket }) });
    }
    const ec2: CloudIdentity = { kind: "AWSService", name: "ec2", accessKey: "AKIASERVICE00000" };
    call(record, dice.hex(32), {
      ...base,
      identity: ec2,
      address: "ec2.amazonaws.com",
      agent: "ec2.amazonaws.com",
      service: "sts",
      name: "AssumeRole",
    });
  }
  const night = { identity: service(day), address: "10.112.4.30", agent: "aws-cli/2.15 backup-cron" };
  const time = at(scene, 135 + dice.between(0, 5));
  call(record, dice.hex(32), { ...night, time, service: "rds", name: "CreateDBSnapshot", readOnly: false });
  for (let i = dice.integer(5, 20); i > 0; i--) {
    const name = dice.chance(0.7) ? "DeleteObject" : "CopyObject";
    const key = `snapshots/${department.calendar.date(day - 30)}/part-${i}`;
    call(record, dice.hex(32), { ...night, time: time - i * 3_000, service: "s3", name, bucket, key });
  }
  for (let i = dice.integer(30, 60); i > 0; i--) {
    const key = `snapshots/${department.calendar.date(day)}/part-${i}`;
    const more = { name: "PutObject", bucket, key, bytesIn: 64_000_000 };
    call(record, dice.hex(32), { ...night, time: time + i * dice.between(4_000, 9_000), service: "s3", ...more });
  }
}
