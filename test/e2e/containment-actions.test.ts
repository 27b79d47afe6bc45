/**
 * Every containment action, as a table: on associations and connections that are already open, through DCMTK and HTTP
 * keep-alive; explained to whom it stands on; standing after SIGKILL; and over by itself in its time.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ContainmentAction } from "../../src/gate/index.ts";
import { makeObject } from "../support/made-object.ts";
import { need } from "../support/need.ts";
import { killServers, type ServerProcess, startServer } from "../support/server.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-actions-"));
after(() => {
  killServers();
  rmSync(root, { recursive: true });
});

const done = "Success";
/** 0124 of PS3.7 C, as this DCMTK names it. */
const refused = "Unknown Status: 0x124";
const busy = "Refused: OutOfResources";

/** What is left of it: for stores on an open association, and over HTTP for searching, storing and deleting. */
interface Row {
  action: ContainmentAction;
  on?: "vendor" | "tenant";
  store: string;
  http: [search: string, store: string, remove: string];
  /** What `/containments/mine` says; absent: it is not told. */
  told?: RegExp;
}

const paused = ["gate/contained", "gate/contained", "gate/contained"] as const satisfies Row["http"];
const again = ["gate/reauthenticate", "gate/reauthenticate", "gate/reauthenticate"] as const satisfies Row["http"];
const table: Row[] = [
  { action: "watch", store: done, http: ["", "", ""] },
  { action: "reauthenticate", store: refused, http: [...again], told: /login must be renewed/ },
  { action: "rate-limit", store: busy, http: ["", "gate/rate-limit", "gate/rate-limit"], told: /slowed down/ },
  { action: "read-only", store: refused, http: ["", "gate/read-only", "gate/read-only"], told: /change anything/ },
  { action: "quarantine-writes", store: done, http: ["", "", "gate/frozen"], told: /held back/ },
  { action: "refuse", store: refused, http: [...paused], told: /paused/ },
  { action: "cut-vendor-link", on: "vendor", store: refused, http: [...paused], told: /all of your company's/ },
  { action: "freeze-deletes", on: "tenant", store: done, http: ["", "", "gate/frozen"], told: /deletions are paused/ },
];

interface Identity {
  aeTitle: string;
  vendor: string;
  tenant: string;
  key: string;
  token: string;
}

async function api(server: ServerProcess, method: string, path: string, body?: object): Promise<Record<string, never>> {
  const answer = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: body ? { "content-type": "application/json" } : {},
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, `${method} ${path}: ${text}`);
  return JSON.parse(text) as Record<string, never>;
}

/** A vendor's device and key, with an open session and a clinic of their own. */
async function enrol(server: ServerProcess, index: number): Promise<Identity> {
  const [aeTitle, vendor, tenant] = [`EVE${index}`, `vendor${index}`, `clinic${index}`];
  await api(server, "PUT", `/tenants/${tenant}`, {});
  await api(server, "PUT", `/peers/${aeTitle}`, { role: "workstation", tenant, vendor, addresses: ["127.0.0.1"] });
  const scopes = ["query", "retrieve", "store", "delete", "account.own"];
  const made = (await api(server, "POST", "/keys", {
    name: vendor,
    role: "vendor",
    vendor,
    tenant,
    scopes,
  })) as unknown;
  const { key, token } = made as { key: { id: string }; token: string };
  const principals = [`peer:${aeTitle}`, `key:${key.id}`];
  const session = { vendor, principals, hosts: ["127.0.0.1"], tenants: [tenant], minutes: 600 };
  await api(server, "POST", "/vendor-sessions", { ...session, reason: "agreed maintenance" });
  return { aeTitle, vendor, tenant, key: `key:${key.id}`, token };
}

async function contain(server: ServerProcess, { action, on }: Row, { aeTitle, vendor, tenant, key }: Identity) {
  const targets = on ? [[on, { vendor, tenant }[on]]] : ["peer:".concat(aeTitle), key].map((id) => ["principal", id]);
  for (const [kind, id] of targets) {
    const limit = action === "rate-limit" ? { perMinute: 2 } : {};
    const order = { action, target: { kind, id }, reason: "test of the table", contact: "IT, 4711", minutes: 60 };
    await api(server, "POST", "/containments", { ...order, ...limit });
  }
}

/** DCMTK stores on one association; gives what it was answered, as it comes. */
class OpenAssociation {
  readonly #child: ChildProcess;
  #text = "";

  constructor({ dicomPort }: ServerProcess, { aeTitle }: Identity, file: string) {
    const words = ["-v", "-nh", "-aet", aeTitle, "-aec", "HOLDFAST", "127.0.0.1", String(dicomPort)];
    this.#child = spawn("storescu", [...words, ...new Array(2_000).fill(file)]);
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#text += text;
      });
  }

  get answers(): string[] {
    return [...this.#text.matchAll(/Received Store Response \((.+)\)/g)].map(([, answer]) => answer!);
  }

  async until(enough: () => boolean): Promise<void> {
    while (!enough() && this.#child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  end(): void {
    this.#child.kill();
  }
}

const type = 'multipart/related; type="application/dicom"; boundary=cut';
const bodyOf = (bytes: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from("\r\n--cut\r\nContent-Type: application/dicom\r\n\r\n"),
    bytes,
    Buffer.from("\r\n--cut--\r\n"),
  ]);

/** HTTP over one connection that stays open. */
class KeepAlive {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly ports = new Set<number>();
  readonly #url: string;
  readonly #token: string;

  constructor({ url }: ServerProcess, { token }: Identity) {
    this.#url = url;
    this.#token = token;
  }

  /** The code of the problem; empty where there is none. */
  async code(method: string, path: string, body?: Buffer): Promise<string> {
    return ((await this.ask(method, path, body)) as { code?: string }).code ?? "";
  }

  ask(method: string, path: string, body?: Buffer): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.#token}`, ...(body ? { "content-type": type } : {}) };
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#url}${path}`, { method, headers, agent: this.#agent }, (answer) => {
        this.ports.add(answer.socket.localPort!);
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        answer.on("end", () => resolve(text === "" ? {} : JSON.parse(text)));
      });
      sent.on("error", reject).end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** @param removed the study that is deleted, where that is permitted */
async function overHttp(
  connection: KeepAlive,
  { http: [search, store, remove] }: Row,
  index: number,
  removed: number,
): Promise<void> {
  const fresh = makeObject({ study: 70 + index, instance: 1 });
  assert.equal(await connection.code("GET", "/dicom-web/studies"), search);
  if (store === "gate/rate-limit") await connection.code("GET", "/dicom-web/studies"); // the second of two
  assert.equal(await connection.code("POST", "/dicom-web/studies", bodyOf(fresh.file)), store);
  const { studyUid } = makeObject({ study: removed });
  assert.equal(await connection.code("DELETE", `/dicom-web/studies/${studyUid}`), remove);
}

const later = (hours: number) => ({
  NODE_OPTIONS: `--import=${pathToFileURL(fileURLToPath(new URL("../../bench/attack/fast-clock.ts", import.meta.url))).href}`,
  BENCH_CLOCK_ORIGIN: String(Date.now()),
  BENCH_CLOCK_FACTOR: "1",
  BENCH_CLOCK_AHEAD: String(hours * 3_600_000),
});

test("each action counts on what is open, is explained, survives a kill, and ends by itself", {
  skip: need("storescu", "echoscu"),
}, async () => {
  const data = join(mkdtempSync(join(root, "data-")), "data");
  const server = await startServer(data);
  const identities: Identity[] = [];
  for (const index of table.keys()) identities.push(await enrol(server, index));
  for (const [index, row] of table.entries()) {
    const own = identities[index]!;
    const file = join(root, `${index}.dcm`);
    const object = makeObject({ study: 50 + index });
    writeFileSync(file, object.file);
    const web = new KeepAlive(server, own);
    const association = new OpenAssociation(server, own, file);
    await association.until(() => association.answers.length >= 2);
    assert.equal(await web.code("GET", "/dicom-web/studies"), "");
    assert.deepEqual([...new Set(association.answers)], [done], `${row.action}: before`);

    await contain(server, row, own);
    const from = association.answers.length;
    // One answer may have been under way.
    await association.until(() => association.answers.length >= from + 4);
    const answers = association.answers.slice(from + 1);
    association.end();
    assert.ok(answers.length >= 3, `${row.action}: the association is still served`);
    if (row.store === busy) assert.equal(answers.at(-1), busy);
    else assert.deepEqual([...new Set(answers)], [row.store], row.action);
    await overHttp(web, row, index, 50 + index);
    assert.equal(web.ports.size, 1, "one connection all the time");
    const mine = (await web.ask("GET", "/api/v1/containments/mine")) as { containments?: { message: string }[] };
    // Whoever is refused altogether has been told in each answer.
    const isTold = row.told && !row.http[0].startsWith("gate/") && row.action !== "rate-limit";
    assert.equal(mine.containments?.length ?? 0, isTold ? 1 : 0, row.action);
    if (isTold)
      assert.match(mine.containments![0]!.message, new RegExp(`${row.told!.source}.* since 2.* Call IT, 4711`));
    web.close();
  }
  await server.kill();

  const back = await startServer(data);
  for (const [index, row] of table.entries()) {
    const web = new KeepAlive(back, identities[index]!);
    await overHttp(web, row, index, 70 + index);
    web.close();
  }
  const { held } = (await api(back, "GET", "/held")) as unknown as { held: object[] };
  assert.ok(held.length > 0, "what was held back is kept");
  await back.kill();

  const next = await startServer(data, [], later(2));
  for (const [index, own] of identities.entries()) {
    const web = new KeepAlive(next, own);
    assert.equal(await web.code("POST", "/dicom-web/studies", bodyOf(makeObject({ study: 90 + index }).file)), "");
    web.close();
    const words = ["-aet", own.aeTitle, "-aec", "HOLDFAST", "127.0.0.1", String(next.dicomPort)];
    assert.equal(spawnSync("echoscu", words).status, 0, table[index]!.action);
  }
});
