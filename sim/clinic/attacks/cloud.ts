/** In the vendor's cloud: objects re-encrypted with the attacker's key (SSE-C), and taken from the bucket. */
import type { CloudCall } from "../logs/body.ts";
import { bucket, call, consoleAgent, engineer, service, serviceAddress, serviceAgent } from "../work/cloud.ts";
import { engineers } from "../work/vendor.ts";
import type { Attack, HostileScene } from "./attack.ts";
import { strangeAddress } from "./disguise.ts";
import { moments } from "./pace.ts";

export const reencryption: Attack = {
  kind: "cloud-reencryption",
  about: "objects copied onto themselves with the attacker's key",
  goal: "damage",
  techniques: ["T1486", "T1485", "T1565.001", "T1565"],
  speeds: [10, 100, 1_000, 10_000],
  unit: "objects/h",
  stealths: [0, 1, 2],
  lasts: 3,
  most: 2_000,
  act: (scene) => touch(scene, "CopyObject", { "x-amz-server-side-encryption-customer-algorithm": "AES256" }),
};

export const bucketDownload: Attack = {
  kind: "cloud-download",
  about: "objects of the bucket downloaded",
  goal: "leak",
  techniques: ["T1530", "T1213", "T1567", "T1078.004", "T1078", "T1119"],
  speeds: [10, 100, 1_000, 10_000],
  unit: "objects/h",
  stealths: [0, 1, 2],
  lasts: 3,
  most: 2_000,
  act: (scene) => touch(scene, "GetObject", {}),
};

function touch(scene: HostileScene, name: string, parameters: Record<string, unknown>): void {
  const { department, dice, plan, record } = scene;
  const { identity, ...place } = thief(scene);
  for (const time of moments(scene, plan.speed)) {
    const patient = dice.pick(department.patients);
    const key = `treatment/${patient.id}/fraction-${dice.integer(1, 30)}-${dice.integer(1, 5)}.bin`;
    const size = Math.round(dice.logNormal(120_000, 1));
    const traffic = name === "GetObject" ? { bytesOut: size } : { bytesIn: size };
    call(record, dice.hex(32), {
      identity,
      ...place,
      time,
      service: "s3",
      name,
      bucket,
      key,
      parameters,
      ...traffic,
    });
  }
}

/** An access key made for it, an engineer's role from elsewhere, or the role of the service itself on its own machine. */
function thief({
  department,
  plan,
  day,
  truth,
  ...scene
}: HostileScene): Pick<CloudCall, "identity" | "address" | "agent"> {
  const dice = department.dice(`cloud/${plan.seed}`);
  const address = strangeAddress({ department, plan, day, truth, ...scene });
  if (plan.stealth === 0) {
    truth.identities.add("svc-migration");
    truth.addresses.add(address);
    const identity = {
      kind: "IAMUser",
      name: "svc-migration",
      accessKey: `AKIAW7${dice.hex(14).toUpperCase()}`,
    } as const;
    return { identity, address, agent: "Boto3/1.34" };
  }
  const who = dice.pick(engineers);
  const identity = plan.stealth === 1 ? engineer(who, day) : service(day);
  const arn = `arn:aws:sts::417288301266:assumed-role/${identity.name}/${identity.session}`;
  truth.identities.add(identity.name).add(arn);
  const place =
    plan.stealth === 1 ? { address, agent: consoleAgent } : { address: serviceAddress, agent: serviceAgent };
  truth.addresses.add(place.address);
  return { identity, ...place };
}
