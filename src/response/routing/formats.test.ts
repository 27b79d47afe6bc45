import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { auditMessage, cef, detectionFinding, type Summary, syslogMessage } from "../index.ts";

const sender = { version: "1.2.3", hostname: "archive.example" };
const summary: Summary = {
  seq: 7,
  id: "a1",
  incident: "i1",
  kind: "alert",
  time: Date.parse("2026-04-20T03:00:00Z"),
  created: Date.parse("2026-04-20T02:59:00Z"),
  stage: "new",
  title: "Unusual behaviour of user:eve (T1486)",
  detail: ["120 objects changed in a minute, usually 2"],
  risk: 0.93,
  technique: "T1486",
  principal: "user:eve",
  vendor: "acme",
  tenant: "north",
  host: "192.0.2.7",
  response: "read-only on principal taken",
};

test("CEF: header and extension", () => {
  assert.equal(
    cef(summary, sender),
    "CEF:0|Holdfast|Holdfast|1.2.3|T1486|Unusual behaviour of user:eve (T1486)|9|rt=1776654000000 start=1776653940000 " +
      "externalId=a1 cat=alert/new suser=user:eve src=192.0.2.7 msg=120 objects changed in a minute, usually 2 " +
      "act=read-only on principal taken cs1=i1 cs1Label=incident cs2=acme cs2Label=vendor cs3=north cs3Label=tenant " +
      "cfp1=0.93 cfp1Label=risk",
  );
});

/** What a receiver reads back. */
function readCef(line: string): { header: string[]; fields: Map<string, string> } {
  const parts = line.match(/(?:\\.|[^|\\])*(?:\||$)/g)!.map((part) => part.replace(/\|$/, ""));
  const header = parts.slice(0, 7).map((part) => part.replace(/\\(.)/g, "$1"));
  const extension = line.slice(parts.slice(0, 7).reduce((sum, part) => sum + part.length + 1, 0));
  const fields = new Map<string, string>();
  for (const [, key, value] of extension.matchAll(/(?:^| )([A-Za-z0-9]+)=((?:\\.|[^=\\])*?)(?= [A-Za-z0-9]+=|$)/gs))
    fields.set(
      key!,
      value!.replace(/\\(.)/g, (_, one) => (one === "n" ? "\n" : one)),
    );
  return { header, fields };
}

test("CEF: nobody's name breaks out of its field or line", () => {
  const hostile = fc.stringMatching(/^[|=\\\r\n a-z0-9]{1,20}$/).filter((text) => text.trim() === text);
  fc.assert(
    fc.property(hostile, hostile, (principal, title) => {
      const line = cef({ ...summary, principal, title }, sender);
      assert.ok(!/[\r\n]/.test(line));
      const { header, fields } = readCef(line);
      assert.equal(header[5], title.replace(/[\r\n]+/g, " "));
      assert.equal(fields.get("suser"), principal.replace(/\r\n?/g, "\n"));
      assert.equal(fields.get("cfp1"), "0.93");
    }),
  );
});

test("DICOM audit message: the codes of a security alert, and no markup from a name", () => {
  const xml = auditMessage({ ...summary, principal: `user:"><x/>&` }, sender);
  assert.match(xml, /<EventID csd-code="110113" codeSystemName="DCM" originalText="Security Alert"\/>/);
  assert.match(xml, /EventActionCode="E" EventDateTime="2026-04-20T03:00:00\.000Z" EventOutcomeIndicator="12"/);
  assert.match(
    xml,
    /UserID="user:&quot;&gt;&lt;x\/&gt;&amp;" UserIsRequestor="false" NetworkAccessPointID="192\.0\.2\.7"/,
  );
  assert.ok(!xml.includes("<x/>"));
  const description = /type="Alert Description" value="([^"]+)"/.exec(xml)![1]!;
  assert.match(Buffer.from(description, "base64").toString(), /^Unusual behaviour .*\n120 objects/);
});

test("syslog: priority, time and message id of RFC 5424", () => {
  assert.match(
    syslogMessage(summary, "cef", sender),
    /^<82>1 2026-04-20T03:00:00\.000Z archive\.example holdfast - CEF - CEF:0\|/,
  );
  assert.match(syslogMessage(summary, "dicom-audit", sender), / holdfast - DICOM\+RFC3881 - \uFEFF<\?xml /);
});

test("OCSF: what a Detection Finding must have", () => {
  const finding = detectionFinding(summary, sender) as Record<string, unknown>;
  const required = [
    "activity_id",
    "category_uid",
    "class_uid",
    "finding_info",
    "metadata",
    "severity_id",
    "time",
    "type_uid",
  ];
  for (const name of required) assert.ok(finding[name] !== undefined, name);
  assert.deepEqual([finding["class_uid"], finding["type_uid"], finding["severity_id"]], [2004, 200_401, 4]);
  const ended = detectionFinding({ ...summary, stage: "ended" }, sender) as Record<string, unknown>;
  assert.deepEqual([ended["type_uid"], ended["status_id"]], [200_403, 4]);
});
