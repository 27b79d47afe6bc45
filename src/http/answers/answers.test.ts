/** The OpenAPI document against real replies; `call` holds every JSON reply to it, here and in all tests of the gate. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ApiDocument, replyChecker } from "../../../test/support/api-document.ts";
import { start } from "../../../test/support/gate-server.ts";
import { findingOf } from "../../response/testing/responder.ts";

test("replies of the API are as documented, one of each kind", async (t) => {
  const { call, keyOf, enter, response, replies, gate } = await start(t, { watched: true });
  const admin = await keyOf("administrator");
  const analyst = await enter("rob", "security-analyst");
  const therapist = await enter("tess", "therapist");
  const ok = async (who: Record<string, string>, method: string, path: string, body?: object) => {
    const answer = await call(method, `/api/v1${path}`, who, body);
    assert.equal(answer.status, 200, `${method} ${path}: ${await answer.clone().text()}`);
    return (await answer.json()) as { id: string };
  };
  await ok(admin, "PUT", "/peers/CT1", { role: "modality", addresses: ["192.0.2.1"] });
  await ok(admin, "PUT", "/users/ben", { roles: ["physicist"], password: "correct horse battery" });
  await ok(admin, "POST", "/users/ben/totp");
  const key = (await ok(admin, "POST", "/keys", { name: "k", scopes: ["query"] })) as unknown as {
    key: { id: string };
  };
  await ok(admin, "POST", `/keys/${key.key.id}/rotate`);
  const work = { hosts: ["192.0.2.0/24"], activities: ["read"], reason: "yearly maintenance" };
  const session = { ...work, vendor: "acme", principals: ["peer:CT1"], tenants: ["default"], minutes: 60 };
  await ok(admin, "POST", "/vendor-sessions", session);
  for (const path of ["/peers", "/users", "/keys", "/sessions", "/vendor-sessions", "/tenants", "/approvals", "/held"])
    await ok(admin, "GET", path);
  await ok(admin, "GET", "/status");
  await ok(admin, "GET", "/behaviour");
  await ok(admin, "GET", "/session");
  await ok(admin, "GET", "/damage?principal=ae:CT1");
  await ok(admin, "POST", "/undo?principal=ae:CT1");
  const glass = await ok(therapist, "POST", "/break-glass", { reason: "patient on the table" });
  await ok(analyst, "GET", "/break-glass");
  await ok(analyst, "POST", `/break-glass/${glass.id}/review`, { justified: true });

  response.observe(findingOf({ actors: ["user:eve"], together: ["user:eve", "user:x"], level: "watch", entry: 1 }));
  const { id } = response.inbox.all()[0]!;
  await ok(analyst, "POST", `/alerts/${id}/acknowledge`);
  await ok(analyst, "POST", `/alerts/${id}/assign`, { assignee: "user:rob" });
  await ok(analyst, "POST", `/alerts/${id}/comments`, { text: "looking" });
  await ok(analyst, "POST", `/alerts/${id}/close`, { reason: "benign", days: 3 });
  const order = { target: { kind: "principal", id: "user:eve" }, action: "rate-limit", perMinute: 5, minutes: 5 };
  const made = await ok(analyst, "POST", "/containments", { ...order, reason: "token seen elsewhere", alert: id });
  const until = new Date(gate.now() + 3_600_000).toISOString();
  const plan = await ok(analyst, "POST", "/planned-work", { ...work, names: ["peer:CT1"], until });
  for (const path of ["/alerts", `/alerts/${id}`, "/alerts?state=closed", "/incidents", "/containments", "/policy"])
    await ok(analyst, "GET", path);
  for (const path of [`/alerts/${id}/events`, "/alerts?state=open&risk=0.5&before=9&limit=1"])
    await ok(analyst, "GET", path);
  await ok(admin, "GET", "/damage?principal=ae:CT1&only=figures");
  for (const path of ["/containments/mine", `/containments/${made.id}`, "/verdicts", "/planned-work"])
    await ok(analyst, "GET", path);
  await ok(analyst, "POST", `/containments/${made.id}/release`, { reason: "token was rotated" });
  await ok(analyst, "DELETE", `/verdicts/${id}`);
  await ok(analyst, "DELETE", `/planned-work/${plan.id}`);
  for (const refused of ["/alerts?state=odd", "/alerts/none", "/users"])
    assert.ok((await call("GET", `/api/v1${refused}`, refused === "/users" ? therapist : analyst)).status >= 400);
  assert.ok(replies.size > 40, [...replies].join("\n"));
});

test("every route of the API documents its answer, its refusals and the action that it needs", async (t) => {
  const { server } = await start(t, { watched: true });
  const { paths } = server.swagger() as unknown as ApiDocument;
  /** Redirections, and the document itself. */
  const others = new Set(["/api/v1/oidc/login", "/api/v1/oidc/callback", "/api/v1/openapi.json"]);
  const lacking = Object.entries(paths)
    .filter(([path]) => path.startsWith("/api/v1/") && !others.has(path))
    .flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, each]) => !each.responses["200"]?.content || !each.responses["4XX"]?.content)
        .map(([method]) => `${method} ${path}`),
    );
  assert.deepEqual(lacking, []);
  const alerts = paths["/api/v1/alerts"]!["get"] as unknown as Record<string, unknown>;
  assert.equal(alerts["x-holdfast-action"], "alerts.read");
});

test("a reply that is not as documented is found", async (t) => {
  const { server } = await start(t);
  const check = replyChecker(server);
  const reply =
    (body: object, status = 200, type = "application/json") =>
    () =>
      check("GET", "/api/v1/verdicts", status, type, JSON.stringify(body));
  assert.equal(reply({ verdicts: [] })(), "GET /api/v1/verdicts 200");
  assert.throws(reply({ verdicts: [], secret: "x" }), /additional properties/);
  assert.throws(reply({ ok: true }), /required property 'verdicts'/);
  assert.throws(reply({ code: "x" }, 404, "application/problem+json"), /required property/);
});
