/** Who has an account, and which key exists: the answers and the work behind them say nothing about it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { byLocal } from "../support/gate.ts";
import { start } from "../support/gate-server.ts";

/** Status, fields that depend on nothing, and body. */
async function said(answer: Response): Promise<string> {
  const fields = [...answer.headers].filter(([name]) => name !== "date" && name !== "x-request-id");
  return JSON.stringify([answer.status, fields, await answer.text()]);
}

/** Processor time of this process, µs: unlike elapsed time it does not depend on what else the machine does. */
async function workOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

const median = (values: number[]): number => values.sort((one, other) => one - other)[values.length >> 1]!;

test("a login fails alike, and costs alike, whether the account is there, disabled, without a password, or not", async (t) => {
  const { addUser, login, gate } = await start(t);
  const code = await addUser("known");
  await addUser("disabled");
  await gate.users.put({ name: "disabled", roles: ["physicist"], tenant: "default", disabled: true }, byLocal);
  await gate.users.put({ name: "bare", roles: ["physicist"], tenant: "default" }, byLocal);
  const attempts: Record<string, () => Promise<Response>> = {
    known: () => login("known", "000000", {}, "not the password"),
    "known, code right": () => login("known", code(), {}, "not the password"),
    disabled: () => login("disabled", "000000"),
    bare: () => login("bare", "000000"),
    unknown: () => login("unknown", "000000"),
  };
  const answers = new Set<string>();
  const works = new Map<string, number[]>();
  await login("unknown-too", "000000"); // what is done once for all is done
  for (let round = 0; round < 2; round++)
    for (const [who, attempt] of Object.entries(attempts)) {
      let answer!: Response;
      const work = await workOf(async () => {
        answer = await attempt();
      });
      answers.add(await said(answer));
      works.set(who, [...(works.get(who) ?? []), work]);
    }
  assert.equal(answers.size, 1, [...answers].join("\n"));
  const wanted = median(works.get("known")!);
  for (const [who, work] of works)
    assert.ok(median(work) > wanted / 2 && median(work) < wanted * 2, `${who}: ${median(work)} of ${wanted} µs`);
});

test("a key that is unknown, altered, expired, removed or used from elsewhere gets one and the same answer", async (t) => {
  const { gate, call, advance } = await start(t);
  const make = async (minutes: number, more: object = {}) => {
    const asked = { name: "k", role: "service", scopes: ["query"], tenant: "default", ...more } as const;
    const expiresAt = Date.now() + minutes * 60_000;
    return gate.keys.add({ ...asked, expiresAt } as never, byLocal) as Promise<{ key: { id: string }; token: string }>;
  };
  const [sound, expired, removed] = [await make(60), await make(1), await make(60)];
  const elsewhere = await make(60, { addresses: ["192.0.2.1"] });
  await gate.keys.remove(removed.key.id, byLocal);
  advance(120_000);
  const { token } = sound;
  const wrong = [
    `hf_${"0".repeat(18)}_${"A".repeat(43)}`,
    token.slice(0, -1) + (token.endsWith("A") ? "B" : "A"),
    expired.token,
    removed.token,
    elsewhere.token,
    `${token} `.trim().toUpperCase(),
    "hf_",
    "x",
  ];
  const ask = (given: string) => call("GET", "/dicom-web/studies", { authorization: `Bearer ${given}` });
  const answers = new Set<string>();
  for (const given of wrong) answers.add(await said(await ask(given)));
  assert.equal(answers.size, 1, [...answers].join("\n"));
  assert.match([...answers][0]!, /^\[401,/);
  assert.equal((await ask(token)).status, 204);
});

test("a flood of logins is held back, while whoever has a key works on", async (t) => {
  const { login, keyOf, call } = await start(t);
  const key = await keyOf("physicist");
  const flood = Array.from({ length: 60 }, (_, index) => login(`nobody-${index}`, "000000"));
  for (let i = 0; i < 5; i++) assert.equal((await call("GET", "/dicom-web/studies", key)).status, 204);
  const statuses = (await Promise.all(flood)).map(({ status }) => status);
  assert.deepEqual([...new Set(statuses)].sort(), [401, 429]);
  assert.ok(statuses.filter((status) => status === 429).length >= 40);
  assert.equal((await login("nobody-again", "000000")).status, 401, "afterwards it is as before");
});
