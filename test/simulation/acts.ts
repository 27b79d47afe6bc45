/** What people and systems do with an archive, and what they are told. */

import type { RequestContext, Target } from "../../src/archive/index.ts";
import type { ObjectSink } from "../../src/archive/writer/sink.ts";
import { codeOf, rfc3339 } from "../../src/core/index.ts";
import { makeObject } from "../support/made-object.ts";
import { fileOf, type Machine, tenants } from "./parts/machine.ts";
import { digestOf, type Truth } from "./truth.ts";

export type Who = "anna" | "ben" | "eve";

let acts = 0;

export function resetActs(): void {
  acts = 0;
}

export const by = (who: string, operation = "simulated"): RequestContext => ({
  actor: { user: { name: who } },
  src: { ip: "192.0.2.1" },
  protocol: "internal",
  operation,
});

interface Choice {
  tenant: string;
  study: number;
  series: number;
  instance: number;
}

function choose({ world: { random } }: Machine): Choice {
  return {
    tenant: random.chance(0.75) ? tenants[0]! : tenants[1]!,
    study: random.int(1, 4),
    series: random.int(1, 2),
    instance: random.int(1, 3),
  };
}

const madeOf = ({ study, series, instance }: Choice) => ({ patient: `P${1 + (study % 3)}`, study, series, instance });

/** Anything that somebody may do. What is answered goes into the truth. */
export async function act(machine: Machine, truth: Truth, who: Who): Promise<void> {
  const { random } = machine.world;
  const kind = random.pick(["store", "store", "store", "store", "again", "delete", "read", "read"] as const);
  if (kind === "read") await read(machine, truth, who);
  else if (kind === "delete") await remove(machine, truth, who);
  else await store(machine, truth, who, kind === "again");
}

async function store(machine: Machine, truth: Truth, who: Who, again: boolean): Promise<void> {
  const { random } = machine.world;
  const archive = machine.opened?.archive;
  if (!archive) return;
  const { boot } = machine.disk;
  const choice = choose(machine);
  const attributes = { StudyDescription: again ? "the same" : `${who} ${++acts}` };
  const pixels = random.chance(0.15) ? 6_000 : 2 * random.int(1, 200);
  const { file, sopInstanceUid } = makeObject({ ...madeOf(choice), pixels: again ? 64 : pixels, attributes });
  truth.sent.add(digestOf(file));
  const since = truth.durable;
  const sink = archive.tenant(choice.tenant).store(by(who), { form: "file" });
  const half = random.int(1, file.length - 1);
  await sink.write(file.subarray(0, half));
  if (random.chance(0.4)) (sink as ObjectSink).handOver();
  if (random.chance(0.05)) return sink.abort(new Error("given up"));
  await sink.write(file.subarray(half));
  const outcome = await sink.end();
  if (machine.disk.boot !== boot || !outcome.ok) return;
  truth.acknowledge({
    tenant: choice.tenant,
    uid: sopInstanceUid,
    version: outcome.version,
    digest: digestOf(file),
    since,
  });
}

async function remove(machine: Machine, truth: Truth, who: Who): Promise<void> {
  const { random } = machine.world;
  const { boot } = machine.disk;
  const choice = choose(machine);
  const { studyUid, seriesUid, sopInstanceUid } = makeObject({ ...madeOf(choice), pixels: 0 });
  const target: Target = random.pick([
    { sopInstanceUid: [sopInstanceUid] },
    { sopInstanceUid: [sopInstanceUid] },
    { studyUid: [studyUid], seriesUid: [seriesUid] },
    { studyUid: [studyUid] },
    { patientId: madeOf(choice).patient },
  ]);
  const reason = `deletion ${++acts}`;
  const told = await machine.opened?.archive
    .tenant(choice.tenant)
    .delete(by(who), target, reason)
    .then(() => true, failed);
  if (told && machine.disk.boot === boot) truth.deleted.add(reason);
}

async function read(machine: Machine, truth: Truth, who: Who): Promise<void> {
  const { world, disk, opened } = machine;
  if (!opened) return;
  const { boot } = disk;
  const choice = choose(machine);
  const archive = opened.archive.tenant(choice.tenant);
  const { sopInstanceUid } = makeObject({ ...madeOf(choice), pixels: 0 });
  const operation = `reading ${++acts}`;
  const begun = rfc3339(world.clock());
  const whole = await archive
    .resolve({ sopInstanceUid: [sopInstanceUid] })
    .then(([ref]) => (ref ? fileOf(archive, ref) : undefined))
    .catch(failed);
  if (!whole) return;
  const context = by(who, operation);
  archive.record({
    time: begun,
    activity: "read",
    status: "success",
    protocol: "internal",
    operation,
    actor: context.actor,
    src_endpoint: context.src,
    ...(choice.tenant === "default" ? {} : { tenant: choice.tenant }),
    resources: [{ level: "instance", sop_instance_uid: sopInstanceUid }],
  });
  const known = await opened.archive.flush().then(() => true, failed);
  if (known && disk.boot === boot) truth.read.add(operation);
}

/** What a disk or network that fails may say; anything else is a fault of ours. */
export function failed(error: Error): false {
  const code = codeOf(error);
  if (/^(EIO|ENOSPC|ECONNRESET)$/.test(code) || /^(storage|replica|request|object|association)\//.test(code))
    return false;
  throw error;
}
