/** What happens in the clinics of a site: drawn by a seed, with what each of them must see of it afterwards. */
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { rolePolicy } from "../../../src/gate/index.ts";
import { findingOf } from "../../../src/response/testing/responder.ts";
import type { Random } from "../../fuzz/random.ts";
import { connect, send } from "../../interop/dimse-archive.ts";
import { byLocal } from "../../support/gate.ts";
import { type MadeObject, makeObject } from "../../support/made-object.ts";
import { type Clinic, past, type Site } from "./site.ts";

/** SOP Instance UIDs that a clinic has, now and at the moment that the view PAST shows. */
export interface Expected {
  now: Set<string>;
  before: Set<string>;
  ever: Set<string>;
}

export interface History {
  /** RFC 3339. */
  moment: string;
  expected: Map<Clinic, Expected>;
  /** Of everything that a clinic has, by kind: what others may try to reach it by. */
  ids: Map<Clinic, Record<string, string>>;
}

/** Every clinic draws its objects from the same UIDs. */
const plans = [1, 2, 3].flatMap((study) =>
  [1, 2].flatMap((series) => [1, 2].map((instance) => ({ study, series, instance }))),
);

export const objectOf = ({ mark }: Clinic, plan: (typeof plans)[number], version = 1): MadeObject =>
  makeObject({ ...plan, patient: `P${mark}`, pixels: 64, attributes: { StudyDescription: `D${mark} ${version}` } });

export const sharedObjects: MadeObject[] = plans.map((plan) => makeObject(plan));

export async function live(site: Site, clinics: Clinic[], random: Random, steps: number): Promise<History> {
  const expected = new Map(clinics.map((clinic) => [clinic, { now: new Set<string>(), ever: new Set<string>() }]));
  const acts = async (count: number): Promise<void> => {
    for (let step = 0; step < count; step++) {
      const clinic = clinics[random.below(clinics.length)]!;
      await act(site, clinic, expected.get(clinic)!, random, step);
    }
  };
  await acts(steps);
  await setTimeout(5);
  past.moment.at = Date.now();
  const before = new Map(clinics.map((clinic) => [clinic, new Set(expected.get(clinic)!.now)]));
  await setTimeout(5);
  await acts(steps);
  const ids = new Map<Clinic, Record<string, string>>();
  for (const clinic of clinics) ids.set(clinic, await administer(site, clinic));
  return {
    moment: new Date(past.moment.at).toISOString(),
    expected: new Map(clinics.map((clinic) => [clinic, { ...expected.get(clinic)!, before: before.get(clinic)! }])),
    ids,
  };
}

async function act(
  site: Site,
  clinic: Clinic,
  { now, ever }: Omit<Expected, "before">,
  random: Random,
  step: number,
): Promise<void> {
  const plan = plans[random.below(plans.length)]!;
  const object = objectOf(clinic, plan, step % 3);
  const kind = random.below(3);
  if (kind === 2 && now.has(object.sopInstanceUid)) {
    const path = `/dicom-web/studies/${object.studyUid}/series/${object.seriesUid}`;
    assert.equal((await asked(site, clinic, "physicist", "DELETE", path)).status, 204);
    for (const uid of [...now]) if (uid.startsWith(`${object.seriesUid}.`)) now.delete(uid);
    return;
  }
  if (kind === 1) {
    const association = await connect(site.dicomPort, [object], undefined, clinic.aeTitle);
    assert.equal(await send(association, object), 0);
    await association.release();
  } else assert.equal((await stow(site, clinic.tokens.physicist!, object)).status, 200);
  now.add(object.sopInstanceUid);
  ever.add(object.sopInstanceUid);
}

/** What is run beside the objects: one of each, with the clinic's mark. */
async function administer(site: Site, clinic: Clinic): Promise<Record<string, string>> {
  const { mark, tenant } = clinic;
  const post = async (role: keyof Clinic["tokens"], path: string, body: object) => {
    const answer = await asked(site, clinic, role, "POST", `/api/v1${path}`, body);
    assert.equal(answer.status, 200, `${path}: ${await answer.clone().text()}`);
    return (await answer.json()) as { id: string };
  };
  const glass = await post("therapist", "/break-glass", { reason: `patient of ${mark} on the table` });
  const session = await post("tenant-administrator", "/vendor-sessions", {
    vendor: `vendor-${mark}`,
    principals: [`peer:${clinic.aeTitle}`],
    reason: `tube of ${mark} replaced`,
    hosts: ["192.0.2.1"],
    tenants: [tenant],
    minutes: 10,
  });
  const removal = await asked(site, clinic, "tenant-administrator", "DELETE", `/api/v1/peers/LIN${mark}`);
  assert.equal(removal.status, 409);
  const approval = site.gate.grants.approvals.all().find(([, { what }]) => what.includes(mark))![0];
  const subject = {
    principal: `user:physicist-${mark.toLowerCase()}`,
    tenant,
    host: "192.0.2.77",
    vendor: "everywhere",
  };
  for (const technique of ["T1485", "T1486"])
    site.responder.observe(findingOf({ time: Date.now(), technique, campaign: "campaign" }, subject));
  const alert = site.responder.inbox.all().find((each) => each.subject.tenant === tenant)!.id;
  const { record, durable } = site.responder.containments.apply(
    {
      target: { kind: "principal", id: `key:${clinic.keys.service}` },
      action: "quarantine-writes",
      reason: mark,
      tenant,
    },
    byLocal,
    "test",
  );
  await durable;
  const held = makeObject({ study: 9, patient: `P${mark}`, pixels: 64 });
  assert.equal((await stow(site, clinic.tokens.service!, held)).status, 200);
  const analyst = await runnerOf(site, "security-analyst");
  const planned = await fetch(`${site.url}/api/v1/planned-work`, {
    method: "POST",
    headers: { ...analyst, "content-type": "application/json" },
    body: JSON.stringify({
      names: [`key:${clinic.keys.service}`],
      hosts: ["192.0.2.1"],
      activities: ["create"],
      until: new Date(Date.now() + 3_600_000).toISOString(),
      reason: `migration of ${mark}`,
      tenant,
    }),
  });
  assert.equal(planned.status, 200);
  const [hold, lasting] = [`h-${mark.toLowerCase()}`, `l-${mark.toLowerCase()}`];
  const kept = { patientId: `P${mark}`, reason: `court of ${mark}` };
  for (const id of [hold, lasting])
    assert.equal((await asked(site, clinic, "tenant-administrator", "PUT", `/api/v1/holds/${id}`, kept)).status, 200);
  return {
    hold,
    lasting,
    name: `physicist-${mark.toLowerCase()}`,
    aeTitle: clinic.aeTitle,
    key: clinic.keys.physicist!,
    tenant,
    glass: glass.id,
    session: session.id,
    approval,
    alert,
    containment: record.id,
    planned: ((await planned.json()) as { id: string }).id,
  };
}

/** The credentials of somebody who runs the archive. */
export async function runnerOf(site: Site, role: "security-analyst" | "administrator", tenant = "default") {
  const asked = { name: role, role, scopes: [...rolePolicy[role]], tenant, expiresAt: Date.now() + 60_000 };
  return { authorization: `Bearer ${(await site.gate.keys.add(asked, byLocal)).token}` };
}

export function asked(
  site: Site,
  clinic: Clinic,
  role: keyof Clinic["tokens"],
  method: string,
  path: string,
  body?: object,
): Promise<Response> {
  return fetch(site.url + path, {
    method,
    headers: {
      authorization: `Bearer ${clinic.tokens[role]}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

export function stow(site: Site, token: string, { file }: MadeObject): Promise<Response> {
  const type = 'multipart/related; type="application/dicom"; boundary=cut';
  return fetch(`${site.url}/dicom-web/studies`, {
    method: "POST",
    headers: { "content-type": type, authorization: `Bearer ${token}` },
    body: Buffer.concat([
      Buffer.from("--cut\r\nContent-Type: application/dicom\r\n\r\n"),
      file,
      Buffer.from("\r\n--cut--\r\n"),
    ]),
  });
}
