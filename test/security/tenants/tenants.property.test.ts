import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { Random } from "../../fuzz/random.ts";
import { asked, type History, live } from "./history.ts";
import { probes, violations } from "./probes.ts";
import { type Clinic, openSite, type Site } from "./site.ts";

const seed = Number(process.env["HOLDFAST_SEED"] ?? randomInt(2 ** 31));

/** Letters that occur in nothing else. */
const markOf = (random: Random): string =>
  Array.from({ length: 8 }, () => random.pick([..."BCDFGHJKLMNPQRSTVWXZ"])).join("");

async function populated(t: { diagnostic(text: string): void }) {
  t.diagnostic(`HOLDFAST_SEED=${seed}`);
  const random = new Random(seed);
  const site = await openSite();
  const marks = [markOf(random), markOf(random), markOf(random)] as const;
  const clinics: Clinic[] = [];
  for (const mark of marks)
    clinics.push(await site.addClinic(mark === marks[0] ? "default" : `t-${mark.toLowerCase()}`, mark));
  const history = await live(site, clinics, random, 25);
  return { site, clinics, history };
}

test("tenants are isolated on every path: each sees what it would see alone, and nothing of the others", async (t) => {
  const { site, clinics, history } = await populated(t);
  await using _ = site;
  for (const clinic of clinics)
    for (const probe of probes)
      assert.deepEqual(violations(probe, await probe.see(site, clinic, history), clinic, history), [], probe.name);
  await t.test("with another's credentials every probe notices", async () => {
    const [one, other] = clinics as [Clinic, Clinic];
    const stolen = { ...other, mark: one.mark };
    for (const probe of probes) {
      const found = violations(probe, await probe.see(site, stolen, history), one, history);
      assert.notDeepEqual(found, [], `${probe.name} would not notice`);
    }
  });
  await t.test("nothing that a clinic does changes another", () => attacked(site, clinics, history));
});

/** Everything of a clinic that is run beside its objects. */
async function settingsOf(site: Site, { mark }: Clinic): Promise<string[]> {
  const collections = [
    "peers",
    "users",
    "keys",
    "tenants",
    "vendor-sessions",
    "break-glass",
    "approvals",
    "alerts",
    "containments",
    "planned-work",
    "legal-holds",
  ];
  const found: string[] = [];
  for (const collection of collections)
    for (const [key, value] of await site.archive.settings(collection)) {
      const text = JSON.stringify([collection, key, value]);
      if (text.toLowerCase().includes(mark.toLowerCase())) found.push(text);
    }
  return found.sort();
}

/** With the ids of another, a clinic's administrator and physicist try whatever changes something. */
async function attacked(site: Site, clinics: Clinic[], { ids }: History): Promise<void> {
  const [victim, attacker] = clinics as [Clinic, Clinic];
  const { name, aeTitle, key, glass, session, approval, planned, lasting } = ids.get(victim)!;
  const before = await settingsOf(site, victim);
  assert.ok(before.length > 15);
  const peer = { role: "workstation", addresses: ["192.0.2.66"] };
  const attempts: [method: string, path: string, body?: object][] = [
    ["PUT", `/users/${name}`, { roles: ["physicist"] }],
    ["POST", `/users/${name}/password`, { password: "a password of theirs" }],
    ["POST", `/users/${name}/totp`],
    ["DELETE", `/users/${name}`],
    ["PUT", `/users/intruder`, { roles: ["physicist"], tenant: victim.tenant }],
    ["POST", "/keys", { name: "intruder", scopes: ["query"], tenant: victim.tenant }],
    ["POST", `/keys/${key}/rotate`],
    ["DELETE", `/keys/${key}`],
    ["PUT", `/peers/${aeTitle}`, peer],
    ["DELETE", `/peers/${aeTitle}`],
    ["DELETE", `/vendor-sessions/${session}`],
    ["POST", `/break-glass/${glass}/review`, { justified: true }],
    ["POST", `/approvals/${approval}/approve`],
    ["DELETE", `/planned-work/${planned}`],
    ["DELETE", `/holds/${lasting}`],
    ["PUT", `/tenants/${victim.tenant}`, { display: "ours" }],
    ["POST", `/undo?principal=key:${key}&apply=true`],
  ];
  for (const [method, path, body] of attempts)
    for (const role of ["tenant-administrator", "physicist"] as const) {
      const { status } = await asked(site, attacker, role, method, `/api/v1${path}`, body);
      assert.ok([403, 404].includes(status), `${method} ${path} as ${role} gives ${status}`);
    }
  assert.deepEqual(await settingsOf(site, victim), before);
}
