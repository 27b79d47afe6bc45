/** Line feeds, terminal sequences and forged records in whatever a stranger may name, against a running server. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { DataSet, tagOf } from "../../src/dicom/index.ts";
import { associate, find, sopClasses } from "../../src/dimse/index.ts";
import { send } from "../interop/dimse-archive.ts";
import { makeObject } from "../support/made-object.ts";
import { killServers, startServer } from "../support/server.ts";
import { answerTo } from "./raw.ts";

const root = mkdtempSync(join(tmpdir(), "holdfast-injection-"));
after(() => rmSync(root, { recursive: true }));
afterEach(killServers);

const forged = 'forged\r\n{"level":50,"msg":"forged"}\r\nX-Injected: yes\x1b[2J\u2028';

async function overDicom(port: number): Promise<void> {
  for (const title of ["EVIL\r\nforged", "\x1b[2Jforged", '"},forged', "\x00\x00\x00\x00", "LOCAL\\forged"]) {
    const contexts = [sopClasses.studyRootFind, makeObject().sopClassUid].map((abstractSyntax) => ({
      abstractSyntax,
      transferSyntaxes: ["1.2.840.10008.1.2.1"],
    }));
    const asked = { host: "127.0.0.1", port, calledAeTitle: "HOLDFAST", callingAeTitle: title, contexts };
    const userIdentity = {
      type: 1 as const,
      positiveResponseRequested: false,
      primary: Buffer.from(forged),
      secondary: Buffer.alloc(0),
    };
    const association = await associate({ ...asked, userIdentity }).catch(() => undefined);
    if (!association) continue;
    const object = { ...makeObject(), sopInstanceUid: "1.2\r\nforged" };
    await send(association, object).catch(() => {});
    const identifier = new DataSet()
      .set(tagOf("QueryRetrieveLevel"), "CS", "STUDY")
      .set(tagOf("PatientName"), "PN", forged);
    try {
      for await (const _ of find(association, { sopClassUid: sopClasses.studyRootFind, identifier }));
    } catch {}
    await association.abort();
  }
}

async function overHttp(url: string): Promise<Response[]> {
  const json = { "content-type": "application/json" };
  const post = (path: string, body: object) =>
    fetch(`${url}/api/v1${path}`, { method: "POST", headers: json, body: JSON.stringify(body) });
  const put = (path: string, body: object) =>
    fetch(`${url}/api/v1${path}`, { method: "PUT", headers: json, body: JSON.stringify(body) });
  const text = encodeURIComponent(forged);
  return [
    await post("/session", { user: forged, password: forged, code: "000000" }),
    await post("/containments", { target: { kind: "principal", id: forged }, action: "watch", reason: forged }),
    await post("/containments", {
      target: { kind: "host", id: forged },
      action: "refuse",
      reason: forged,
      contact: forged,
    }),
    await post("/break-glass", { reason: forged }),
    await put(`/users/${text}`, { roles: ["physicist"], display: forged }),
    await put(`/peers/${text}`, { role: "modality" }),
    await put(`/tenants/${text}`, { display: forged }),
    await put("/tenants/north", { display: forged }),
    await put(`/holds/${text}`, { patientId: forged, reason: forged }),
    await put("/holds/h1", { patientId: forged, reason: forged }),
    await fetch(`${url}/api/v1/damage?principal=${text}`),
    await fetch(`${url}/dicom-web/studies/${text}`),
    await fetch(`${url}/dicom-web/studies?PatientName=${text}&includefield=${text}`),
    await fetch(`${url}/dicom-web/studies?as-of=${text}`),
    await fetch(`${url}/${text}`),
    await fetch(`${url}/api/v1/oidc/callback?state=${text}&code=${text}`),
    await fetch(`${url}/dicom-web/studies`, {
      headers: { accept: "x/y", "user-agent": "forged \x9b2J", "x-holdfast-tenant": "a b" },
    }),
  ];
}

test("what strangers call themselves and ask for forges no line of the log, no header and no field", async () => {
  const data = join(root, "data");
  const server = await startServer(data, ["--log-level", "debug"]);
  await overDicom(server.dicomPort);
  for (const answer of await overHttp(server.url)) {
    assert.equal(answer.headers.get("x-injected"), null);
    assert.ok(answer.status < 500, `${answer.url} ${answer.status}`);
    const body = await answer.text();
    if (answer.status >= 400) assert.ok(!body.includes("X-Injected: yes"), "refusals quote nothing");
  }
  // A client library would not send these.
  const { port } = new URL(server.url);
  for (const field of [
    "X-A: b\rX-Injected: yes",
    "X-A: b\x00c",
    "Cookie: holdfast=a\rb",
    "Authorization: Bearer a\x00b",
  ]) {
    const request = `GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n${field}\r\nConnection: close\r\n\r\n`;
    const { said } = await answerTo(Number(port), [request]);
    assert.match(said, /^HTTP\/1\.1 400 /, JSON.stringify(field));
  }
  assert.equal(await server.stop(), 0);
  const lines = server
    .stderr()
    .split("\n")
    .filter((line) => line.startsWith("{") || line.includes("forged"));
  assert.ok(lines.length > 3);
  for (const line of lines) {
    const { level, msg } = JSON.parse(line) as { level: number; msg: string };
    assert.ok(level < 50, line);
    assert.notEqual(msg, "forged");
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  assert.doesNotMatch(server.stderr(), /[\x00-\x09\x0b-\x1f\x7f\x9b]/);
  assert.equal(readFileSync(join(data, "holdfast.json"), "utf8").includes("forged"), false);
});
