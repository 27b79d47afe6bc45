/** What the house does about keys, terms, legal holds, collection and erasure. Whatever comes of it is in the journal. */
import { type Erasure, legalHolds, type OpenArchive, retentionCollection } from "../../src/archive/index.ts";
import type { AccessEvent } from "../../src/core/index.ts";
import { makeObject } from "../support/made-object.ts";
import { by, failed } from "./acts.ts";
import type { Envelope } from "./parts/envelope.ts";
import { type Machine, tenants } from "./parts/machine.ts";
import type { Random } from "./world/random.ts";

const acts = [
  ...["collect", "collect", "collect", "collect", "ask", "ask", "ask", "ask", "confirm", "confirm", "cancel"],
  ...["clear", "clear", "rotate", "rotate", "hold", "lift", "term", "copy"],
];

export async function keep(machine: Machine, envelope: Envelope): Promise<void> {
  const { random } = machine.world;
  const archive = machine.opened?.archive;
  if (archive) await one(random.pick(acts), archive, machine, envelope).catch(failed);
}

async function one(kind: string, archive: OpenArchive, machine: Machine, envelope: Envelope): Promise<void> {
  const { random, now } = machine.world;
  const tenant = random.pick(tenants);
  const [patient, study] = [random.int(1, 3), random.int(1, 4)];
  const event = eventOf(kind, now);
  if (kind === "rotate")
    await archive.keeping.exchange(event, random.chance(0.5) ? { of: "root" } : { of: "clinic", tenant });
  else if (kind === "hold") {
    const { studyUid } = makeObject({ study });
    const of = random.chance(0.5) ? { patientId: `P${patient}` } : { studyUid };
    await set(archive, event, legalHolds, { id: `h${random.int(1, 3)}`, tenant, ...of });
  } else if (kind === "lift") await remove(archive, event, legalHolds, random);
  else if (kind === "term") {
    const change = random.chance(0.5) ? { days: random.pick([3, 10]) } : null;
    await archive.change(event, [{ collection: retentionCollection, key: tenant, value: change }]);
  } else if (kind === "clear") await archive.tenant(tenant).delete(by("anna", kind), { patientId: `P${patient}` });
  else if (kind === "collect") await archive.collecting.collect(event);
  else if (kind === "copy") await envelope.add(machine);
  else await erase(kind, archive, event, random, { tenant, patientId: `P${patient}` });
}

async function erase(
  kind: string,
  { erasures }: OpenArchive,
  event: AccessEvent,
  random: Random,
  of: Pick<Erasure, "tenant" | "patientId">,
): Promise<void> {
  const all = await erasures.all();
  const order = { ...of, id: `e${all.length + 1}`, reason: "asked for", askedBy: "anna" };
  if (kind === "ask") {
    const asked = await erasures.ask(order, event);
    if (random.chance(0.7)) await erasures.confirm(asked, "ben", event);
    return;
  }
  const open = all.filter(({ doneAt }) => doneAt === undefined);
  if (open.length === 0) return;
  if (kind === "cancel" && random.chance(0.5)) return; // most orders stand
  if (kind === "confirm") await erasures.confirm(random.pick(open), "ben", event);
  else await erasures.cancel(random.pick(open), event);
}

const set = (
  archive: OpenArchive,
  event: AccessEvent,
  collection: string,
  value: { id: string; tenant: string },
): Promise<void> => archive.change(event, [{ collection, key: value.id, value }]);

async function remove(archive: OpenArchive, event: AccessEvent, collection: string, random: Random): Promise<void> {
  const keys = [...(await archive.settings(collection)).keys()];
  if (keys.length > 0) await archive.change(event, [{ collection, key: random.pick(keys), value: null }]);
}

export const eventOf = (operation: string, time: number): AccessEvent => ({
  time: new Date(time).toISOString(),
  activity: "admin",
  status: "success",
  protocol: "internal",
  operation,
  actor: { user: { name: "anna" } },
  src_endpoint: {},
});
