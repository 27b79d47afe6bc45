/** The loop attacked over HTTP by somebody who knows it: requests sent ahead, long ones, many identities, one's own inbox. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import type { ContainmentAction } from "../../../src/gate/index.ts";
import { MemoryArchive } from "../../../src/http/testing/memory-archive.ts";
import { Inbox } from "../../../src/response/alerts/index.ts";
import { Sequence } from "../../../src/response/ledger.ts";
import { findingOf, person } from "../../../src/response/testing/responder.ts";
import { byLocal, containment } from "../../support/gate.ts";
import { codeOf, cookieOf, start as startGate } from "../../support/gate-server.ts";
import { type MadeObject, makeObject } from "../../support/made-object.ts";

type Running = Awaited<ReturnType<typeof startGate>>;

async function start(t: TestContext) {
  const running = await startGate(t);
  const contain = (action: ContainmentAction, id: string, more = {}) =>
    running.gate.containments.apply(containment(action, { target: { kind: "principal", id }, action, ...more }));
  return { ...running, contain };
}

const idOf = async (running: Running, headers: Record<string, string>): Promise<string> =>
  ((await (await running.call("GET", "/api/v1/session", headers)).json()) as { principal: { id: string } }).principal
    .id;

const part = (object: MadeObject): Buffer =>
  Buffer.concat([Buffer.from("\r\n--cut\r\nContent-Type: application/dicom\r\n\r\n"), object.file]);
const end = Buffer.from("\r\n--cut--\r\n");
const related = 'multipart/related; type="application/dicom"; boundary=cut';

async function store({ address }: Running, headers: Record<string, string>, objects: MadeObject[]): Promise<void> {
  const body = new Uint8Array(Buffer.concat([...objects.map(part), end]));
  const answer = await fetch(`${address}/dicom-web/studies`, {
    method: "POST",
    headers: { ...headers, "content-type": related },
    body,
  });
  assert.equal(answer.status, 200);
}

test("one long upload of many objects: what comes after the containment is refused, what was complete stays", async (t) => {
  const running = await start(t);
  const key = await running.keyOf("physicist");
  const id = await idOf(running, key);
  const objects = [1, 2, 3, 4].map((instance) => makeObject({ instance }));
  async function* body() {
    yield Buffer.concat(objects.slice(0, 2).map(part));
    yield Buffer.from("\r\n--cut\r\n"); // the second part is complete
    while ((await running.archive.versions(objects[1]!.sopInstanceUid)).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 10));
    running.contain("read-only", id);
    yield part(objects[2]!).subarray("\r\n--cut\r\n".length);
    yield Buffer.concat([part(objects[3]!), end]);
  }
  const answer = await fetch(`${running.address}/dicom-web/studies`, {
    method: "POST",
    headers: { ...key, "content-type": related },
    body: ReadableStream.from(body()),
    duplex: "half",
  } as RequestInit);
  assert.equal(answer.status, 202);
  const report = JSON.stringify(await answer.json());
  assert.equal(report.match(/gate\/read-only/g)?.length, 2, "both are told why");
  for (const [index, count] of [1, 1, 0, 0].entries())
    assert.equal((await running.archive.versions(objects[index]!.sopInstanceUid)).length, count);
});

test("deletions sent ahead on one connection are taken one by one: the containment counts for those that wait", async (t) => {
  const running = await start(t);
  const key = await running.keyOf("physicist");
  const id = await idOf(running, key);
  const objects = Array.from({ length: 12 }, (_, index) => makeObject({ study: index + 1 }));
  await store(running, key, objects);
  // The engine's part: it hears of a deletion once it is in the journal.
  const { archive } = running;
  const remove = archive.delete.bind(archive);
  let deleted = 0;
  const noticed = async (...asked: Parameters<typeof remove>) => {
    const result = await remove(...asked);
    if (++deleted === 3) running.contain("read-only", id);
    return result;
  };
  const tenant = archive.tenant.bind(archive);
  archive.tenant = (name) => Object.assign(tenant(name), { delete: noticed });
  const { hostname, port } = new URL(running.address);
  const socket = connect({ host: hostname, port: Number(port) });
  const requests = objects.map(
    ({ studyUid }) =>
      `DELETE /dicom-web/studies/${studyUid} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: ${key["authorization"]}\r\n\r\n`,
  );
  let answers = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    answers += text;
  });
  socket.write(requests.join(""));
  const statuses = () => [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status);
  while (statuses().length < objects.length) await new Promise((resolve) => setTimeout(resolve, 10));
  socket.destroy();
  assert.deepEqual(statuses(), [...Array(3).fill("204"), ...Array(9).fill("403")]);
  assert.equal((await running.archive.statistics()).studies, 9);
});

test("a download under way breaks off when the key is removed, or the vendor's session is closed", async (t) => {
  const running = await start(t);
  const physicist = await running.keyOf("physicist");
  const object = makeObject({ pixels: 48 * 1024 * 1024 });
  await store(running, physicist, [object]);
  const path = `${running.address}/dicom-web/studies/${object.studyUid}`;
  const take = async (headers: Record<string, string>, between: () => Promise<unknown>): Promise<number> => {
    const accept = 'multipart/related; type="application/dicom"; transfer-syntax=*';
    const response = await fetch(path, { headers: { ...headers, accept } });
    assert.equal(response.status, 200);
    const reader = response.body!.getReader();
    let bytes = (await reader.read()).value!.length;
    await between();
    for (let next = await reader.read(); !next.done; next = await reader.read()) bytes += next.value.length;
    return bytes;
  };
  const own = (await idOf(running, physicist)).slice("key:".length);
  await assert.rejects(
    take(physicist, () => running.gate.keys.remove(own, byLocal)),
    /terminated/,
  );
  const vendor = await running.keyOf("vendor");
  const [[session]] = running.gate.grants.vendorSessions.all() as [[string, unknown]];
  assert.ok((await take(vendor, async () => {})) > object.file.length);
  await assert.rejects(
    take(vendor, () => running.gate.grants.closeVendorSession(session, byLocal)),
    /terminated/,
  );
});

test("a vendor's identities share the rate that is left to the vendor; a clinic's do not", async (t) => {
  const running = await start(t);
  const vendors = [await running.keyOf("vendor"), await running.keyOf("vendor")];
  const ask = async (headers: Record<string, string>) =>
    (await running.call("GET", "/dicom-web/studies", headers)).status;
  running.contain("rate-limit", "", { target: { kind: "vendor", id: "acme" }, perMinute: 4 });
  const asked = [];
  for (let i = 0; i < 6; i++) asked.push(await ask(vendors[i % 2]!));
  assert.deepEqual(asked, [204, 204, 204, 204, 429, 429]);
  running.gate.containments.release("rate-limit");
  const people = [await running.keyOf("physicist"), await running.keyOf("oncologist")];
  running.contain("rate-limit", "", { target: { kind: "tenant", id: "default" }, perMinute: 2 });
  const answers = [];
  for (let i = 0; i < 6; i++) answers.push(await ask(people[i % 2]!));
  assert.deepEqual(answers, [204, 204, 204, 204, 429, 429]);
});

test("nobody releases themselves, closes their own alert, or announces their own work", async (t) => {
  const running = await start(t);
  const [eve, ann] = [await running.enter("eve", "security-analyst"), await running.enter("ann", "security-analyst")];
  const { response, call } = running;
  response.observe(findingOf({ risk: 0.9 }, { principal: "user:eve", roles: ["security-analyst"] }));
  const order = { target: { kind: "principal", id: "user:eve" } as const, action: "rate-limit" as const };
  const { record } = response.containments.apply(
    { ...order, reason: "asked too much", perMinute: 60 },
    byLocal,
    "local",
  );
  const [alert] = response.inbox.all();
  const work = {
    ...{ names: ["user:eve"], hosts: ["127.0.0.1"], activities: ["read"], reason: "quarterly review" },
    until: new Date(Date.now() + 3_600_000).toISOString(),
  };
  const tries: [string, string, object][] = [
    ["POST", `/api/v1/containments/${record.id}/release`, { reason: "it was only me" }],
    ["POST", `/api/v1/alerts/${alert!.id}/close`, { reason: "benign" }],
    ["POST", "/api/v1/planned-work", work],
  ];
  for (const [method, path, body] of tries) {
    const refused = await call(method, path, eve, body);
    assert.deepEqual([refused.status, await codeOf(refused)], [409, "gate/second-person"], path);
  }
  for (const [method, path, body] of tries) assert.equal((await call(method, path, ann, body)).status, 200, path);
});

test("an account whose writes are held back makes no keys or accounts for itself", async (t) => {
  const running = await start(t);
  const eve = await running.enter("eve", "administrator");
  running.contain("quarantine-writes", "user:eve");
  const key = { name: "spare", role: "service", scopes: ["query"] };
  const refused = await running.call("POST", "/api/v1/keys", eve, key);
  assert.deepEqual([refused.status, await codeOf(refused)], [403, "gate/read-only"]);
});

test("whoever is contained does not go on by a key that they made just before; older keys have other holders", async (t) => {
  const running = await start(t);
  const eve = await running.enter("eve", "administrator");
  const make = async (role: string): Promise<Record<string, string>> => {
    const asked = { name: `spare ${role}`, role, scopes: ["query", "store"] };
    const made = (await (await running.call("POST", "/api/v1/keys", eve, asked)).json()) as { token: string };
    return { authorization: `Bearer ${made.token}` };
  };
  const search = async (headers: Record<string, string>) =>
    (await running.call("GET", "/dicom-web/studies", headers)).status;
  const old = await make("service");
  running.advance(2 * 86_400_000);
  const again = await running.login("eve", (await running.addUser("eve", ["administrator"]))());
  Object.assign(eve, { cookie: cookieOf(again), "x-csrf-token": ((await again.json()) as { csrf: string }).csrf });
  const [fresh, physicist] = [await make("service"), await make("physicist")];
  running.contain("refuse", "user:eve", { since: Date.now() + 2 * 86_400_000 });
  assert.deepEqual([await search(old), await search(fresh), await search(physicist)], [204, 403, 204]);
  const upload = await fetch(`${running.address}/dicom-web/studies`, {
    method: "POST",
    headers: { ...physicist, "content-type": related },
    body: new Uint8Array(Buffer.concat([part(makeObject()), end])),
  });
  assert.deepEqual([upload.status, await codeOf(upload)], [403, "gate/read-only"], "care keeps reading, no more");
});

test("emergency access taken again and again is one alert for review until it is over", async (t) => {
  const running = await start(t);
  const eve = await running.enter("eve", "physicist");
  const take = async (minutes: number) => {
    const answer = await running.call("POST", "/api/v1/break-glass", eve, { reason: "patient on the table", minutes });
    return (await answer.json()) as { id: string; since: number; until: number };
  };
  const first = await take(1);
  for (let i = 0; i < 20; i++) {
    running.advance(120_000);
    assert.equal((await take(1)).id, first.id);
  }
  const long = await take(240);
  assert.deepEqual([long.id, long.until - first.since], [first.id, 240 * 60_000], "four hours in all");
  running.advance(241 * 60_000);
  assert.notEqual((await take(1)).id, first.id);
});

test("a flood of small alerts does not drive out an open one that matters", async () => {
  const archive = new MemoryArchive();
  let ids = 0;
  const options = { store: archive, clock: () => 1_000_000, newId: () => `id${++ids}`, sequence: new Sequence() };
  const inbox = await Inbox.open({ ...options, most: 50 });
  const raise = (principal: string, risk: number) =>
    inbox.put(inbox.merged(findingOf({ risk }, { principal })).alert, person("response"));
  raise("user:eve", 0.95);
  for (let i = 0; i < 200; i++) raise(`user:decoy${i}`, 0.55);
  const all = inbox.all();
  assert.equal(all.length, 50);
  assert.ok(all.some(({ subject }) => subject.principal === "user:eve"));
});
